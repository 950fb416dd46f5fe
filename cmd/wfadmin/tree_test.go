package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// tree returns a folder of so many packages, each of whose names ends in suffix.
func tree(t *testing.T, packages int, suffix string) string {
	t.Helper()
	root := t.TempDir()
	for i := range packages {
		dir := filepath.Join(root, fmt.Sprintf("group%d", i%3), fmt.Sprintf("package%d%s", i, suffix))
		require.NoError(t, os.MkdirAll(dir, 0o700))
		text := fmt.Sprintf("package p%d\n\nconst number = %d\n", i, i)
		require.NoError(t, os.WriteFile(filepath.Join(dir, "code.go"), []byte(text), 0o600))
	}
	return root
}
