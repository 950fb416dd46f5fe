package sdk_test

import (
	"fmt"
	"go/token"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/packages"
)

var wanted = regexp.MustCompile("`([^`]+)`")

func TestA2WrongTypesDoNotCompile(t *testing.T) {
	t.Parallel()
	program := load(t)
	want := expectations(program)
	require.Greater(t, len(want), 40)

	for _, compileError := range program.TypeErrors {
		position := line(program.Fset, compileError.Pos)
		matched := false
		for i, pattern := range want[position] {
			if regexp.MustCompile(pattern).MatchString(compileError.Msg) {
				want[position] = append(want[position][:i], want[position][i+1:]...)
				matched = true
				break
			}
		}
		assert.True(t, matched, "%s: unexpected: %s", position, compileError.Msg)
	}
	for position, patterns := range want {
		assert.Empty(t, patterns, "%s compiles", position)
	}
}

func load(t *testing.T) *packages.Package {
	t.Helper()
	loaded, err := packages.Load(&packages.Config{
		Context: t.Context(),
		Mode:    packages.NeedName | packages.NeedFiles | packages.NeedSyntax | packages.NeedTypes | packages.NeedTypesInfo | packages.NeedImports,
	}, "./testdata/refused")
	require.NoError(t, err)
	require.Len(t, loaded, 1)
	require.NotEmpty(t, loaded[0].TypeErrors)
	return loaded[0]
}

// expectations returns the patterns of each line's "want" comment.
func expectations(program *packages.Package) map[string][]string {
	want := make(map[string][]string)
	for _, file := range program.Syntax {
		for _, group := range file.Comments {
			for _, comment := range group.List {
				position := line(program.Fset, comment.Pos())
				for _, match := range wanted.FindAllStringSubmatch(comment.Text, -1) {
					want[position] = append(want[position], match[1])
				}
			}
		}
	}
	return want
}

func line(fset *token.FileSet, pos token.Pos) string {
	position := fset.Position(pos)
	return fmt.Sprintf("%s:%d", filepath.Base(position.Filename), position.Line)
}
