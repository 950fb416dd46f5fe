package jobs

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"time"
	"unicode"

	"github.com/pgweir/weir/sdk"
)

// The steps of a scan.
var (
	ListPackages = sdk.Step[Tree, Report]{Name: "list_packages"}
	CountPackage = sdk.Step[Folder, Package]{Name: "count_package"}
	JoinReport   = sdk.Step[[]Package, Report]{Name: "join_report"}
)

// Tree is what is scanned.
type Tree struct {
	// Dir is the absolute path of a folder that all workers see.
	Dir string

	// Pace is how long the count of a package takes at least.
	Pace time.Duration
}

// Folder is one package of a tree.
type Folder struct {
	Tree

	// Path is the package's path within the tree.
	Path string
}

// ScanTree binds a scan. How many packages there are is found out while it runs.
func ScanTree(tree Tree) sdk.Ref[Report] {
	return ListPackages.Call(tree)
}

// listPackages returns more graph instead of a value: a step for each package,
// and one that joins what they found. The value of that one becomes its own.
func listPackages(_ context.Context, tree Tree) (sdk.Ref[Report], error) {
	paths, err := Packages(tree.Dir)
	if err != nil {
		return sdk.Ref[Report]{}, lasting(err)
	}
	counts := make([]sdk.Ref[Package], len(paths))
	for i, path := range paths {
		counts[i] = CountPackage.Call(Folder{Tree: tree, Path: path}).With(sdk.NodeOpts{Name: stepName(path)})
	}
	return JoinReport.Bind(sdk.All(counts...)), nil
}

func countPackage(ctx context.Context, folder Folder) (Package, error) {
	end := time.After(folder.Pace)
	counted, err := Count(folder.Dir, folder.Path)
	if err != nil {
		return Package{}, lasting(err)
	}
	select {
	case <-end:
		return counted, nil
	case <-ctx.Done():
		return Package{}, context.Cause(ctx)
	}
}

func joinReport(_ context.Context, packages []Package) (Report, error) {
	return Join(packages), nil
}

// lasting makes a missing or closed folder an error that isn't retried.
func lasting(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || errors.Is(err, ErrNotFolder) {
		return sdk.Permanent(err)
	}
	return err
}

// stepName names a step after its package. A path that can't be a name leaves the
// name to the step's declaration.
func stepName(path string) string {
	name := "count " + path
	if len(name) > 255 || strings.ContainsFunc(name, unicode.IsControl) {
		return ""
	}
	return name
}
