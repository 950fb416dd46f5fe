package jobs

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"unicode/utf8"
)

// Package is what was counted in one folder, without the folders in it.
type Package struct {
	Path  string
	Files int
	Lines int
	Bytes int64

	// SHA256 is of the contents of the files, in the order of their names.
	SHA256 string
}

// Report is the sum of all packages.
type Report struct {
	Packages int
	Files    int
	Lines    int
	Bytes    int64

	// SHA256 is of the packages' hashes, in the order of their paths.
	SHA256 string
}

var (
	// ErrNotFolder means that what is to be scanned is no folder.
	ErrNotFolder = errors.New("not a folder")

	// ErrNotText means that the name of a folder is no valid UTF-8, which a
	// database can't store.
	ErrNotText = errors.New("name is not valid UTF-8")
)

// Packages returns the paths of the folders in dir that hold files, in order.
func Packages(dir string) ([]string, error) {
	root, err := folder(dir)
	if err != nil {
		return nil, fmt.Errorf("listing packages: %w", err)
	}
	var paths []string
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		path, err = filepath.Rel(root, filepath.Dir(path))
		if !utf8.ValidString(path) {
			return fmt.Errorf("%q: %w", path, ErrNotText)
		}
		paths = append(paths, path)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing packages: %w", err)
	}
	// A folder's own files are visited before and after the folders among them.
	slices.Sort(paths)
	return slices.Compact(paths), nil
}

// folder follows a link, which WalkDir doesn't do.
func folder(dir string) (string, error) {
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return "", err
	}
	info, err := os.Stat(dir)
	if err != nil {
		return "", err
	}
	if !info.IsDir() {
		return "", fmt.Errorf("%s: %w", dir, ErrNotFolder)
	}
	return dir, nil
}

// Count reads the regular files of one package.
func Count(dir, path string) (Package, error) {
	counted := Package{Path: path}
	entries, err := os.ReadDir(filepath.Join(dir, path))
	if err != nil {
		return Package{}, fmt.Errorf("counting package: %w", err)
	}
	hash := sha256.New()
	for _, entry := range entries {
		if !entry.Type().IsRegular() {
			continue
		}
		if err := counted.add(hash, filepath.Join(dir, path, entry.Name())); err != nil {
			return Package{}, fmt.Errorf("counting package: %w", err)
		}
	}
	counted.SHA256 = hex.EncodeToString(hash.Sum(nil))
	return counted, nil
}

func (p *Package) add(hash io.Writer, name string) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // only read

	size, err := io.Copy(io.MultiWriter(hash, (*lineCounter)(&p.Lines)), file)
	p.Files++
	p.Bytes += size
	return err
}

// lineCounter counts the line ends that are written to it.
type lineCounter int

func (c *lineCounter) Write(text []byte) (int, error) {
	*c += lineCounter(bytes.Count(text, []byte{'\n'}))
	return len(text), nil
}

// Join adds packages up.
func Join(packages []Package) Report {
	report := Report{Packages: len(packages)}
	hash := sha256.New()
	for _, p := range slices.SortedFunc(slices.Values(packages), byPath) {
		report.Files += p.Files
		report.Lines += p.Lines
		report.Bytes += p.Bytes
		_, _ = io.WriteString(hash, p.SHA256) // a hash never fails
	}
	report.SHA256 = hex.EncodeToString(hash.Sum(nil))
	return report
}

func byPath(a, b Package) int { return cmp.Compare(a.Path, b.Path) }

// Scan counts the whole tree in this process, without a workflow.
func Scan(ctx context.Context, dir string) (Report, error) {
	paths, err := Packages(dir)
	if err != nil {
		return Report{}, err
	}
	packages := make([]Package, len(paths))
	for i, path := range paths {
		if packages[i], err = Count(dir, path); err != nil {
			return Report{}, err
		}
		if ctx.Err() != nil {
			return Report{}, context.Cause(ctx)
		}
	}
	return Join(packages), nil
}
