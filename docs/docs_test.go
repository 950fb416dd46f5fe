package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

const root = ".."

// pages are all that users read, relative to root.
var pages = []string{
	"README.md", "CHANGELOG.md", "CONTRIBUTING.md",
	"docs/actors.md", "docs/guide.md", "docs/internals.md", "docs/operations.md", "docs/ray.md", "docs/sql.md",
}

// block is a fenced block of a page.
type block struct {
	page, heading string
	source        string // the file that the comment above it names
	language      string
	text          string
}

var (
	blockPattern   = regexp.MustCompile("(?ms)^(?:<!-- (\\S+) -->\n)?```(\\w*)\n(.*?)^```$")
	headingPattern = regexp.MustCompile(`(?m)^#+ (.*)$`)
)

// blocks returns the blocks of a language on a page.
func blocks(t *testing.T, page, language string) (found []block) {
	t.Helper()
	text := read(t, page)
	for _, at := range blockPattern.FindAllStringSubmatchIndex(text, -1) {
		b := block{page: page, language: text[at[4]:at[5]], text: text[at[6]:at[7]]}
		if at[2] >= 0 {
			b.source = text[at[2]:at[3]]
		}
		if headings := headingPattern.FindAllStringSubmatch(text[:at[0]], -1); headings != nil {
			b.heading = headings[len(headings)-1][1]
		}
		if b.language == language {
			found = append(found, b)
		}
	}
	return found
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	require.NoError(t, err)
	return string(text)
}

// Each Go snippet is byte by byte in the file that is named above it, which
// other tests run. Only its indentation may be less.
func TestGoSnippetsAreInTheirFiles(t *testing.T) {
	t.Parallel()

	snippets := 0
	for _, page := range pages {
		for _, b := range blocks(t, page, "go") {
			snippets++
			require.NotEmpty(t, b.source, "%s: no file is named above\n%s", page, b.text)
			require.True(t, contains(read(t, b.source), b.text), "%s: %s doesn't have\n%s", page, b.source, b.text)
		}
	}
	require.GreaterOrEqual(t, snippets, 15)
}

// contains reports whether the lines of the snippet stand in the text, each with
// the same number of tabs before it.
func contains(text, snippet string) bool {
	text = "\n" + text
	for tabs := range 4 {
		indent := strings.Repeat("\t", tabs)
		lines := strings.Split(strings.TrimSuffix(snippet, "\n"), "\n")
		for i, line := range lines {
			if line != "" {
				lines[i] = indent + line
			}
		}
		if strings.Contains(text, "\n"+strings.Join(lines, "\n")+"\n") {
			return true
		}
	}
	return false
}

func TestContainsComparesWholeLines(t *testing.T) {
	t.Parallel()

	text := "func f() {\n\tif a {\n\n\t\tb()\n\t}\n}\n"
	require.True(t, contains(text, "if a {\n\n\tb()\n}\n"))
	require.True(t, contains(text, "func f() {\n"))
	require.False(t, contains(text, "func f()\n"))
	require.False(t, contains(text, "if a {\n\tb()\n"))
	require.False(t, contains(text, "if a {\n\nb()\n"))
}

var linkPattern = regexp.MustCompile(`\]\(([^)#:]*)(?:#([^)]+))?\)`)

func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()

	for _, page := range pages {
		for _, link := range linkPattern.FindAllStringSubmatch(read(t, page), -1) {
			target := page
			if link[1] != "" {
				target = filepath.Join(filepath.Dir(page), link[1])
			}
			_, err := os.Stat(filepath.Join(root, target))
			require.NoError(t, err, "%s links to %s", page, link[0])
			if link[2] != "" {
				require.Contains(t, anchors(read(t, target)), link[2], "%s links to %s", page, link[0])
			}
		}
	}
}

// anchors are the ids that a page's headings get.
func anchors(text string) (ids []string) {
	for _, heading := range headingPattern.FindAllStringSubmatch(text, -1) {
		id := strings.ReplaceAll(strings.ToLower(heading[1]), " ", "-")
		ids = append(ids, strings.ReplaceAll(id, ",", ""))
	}
	return ids
}
