package demo

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestScreenTellsEachTenthInAPlainLine(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	s := newScreen(&out)
	for done := range 31 {
		s.progress("packages", done, 30)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 10)
	require.Equal(t, "packages 30 of 30", strings.TrimSpace(lines[9]))
}

func TestPaceStretchesAScanWithinBounds(t *testing.T) {
	t.Parallel()
	for packages, pace := range map[int]time.Duration{
		packagesMin: paceMax,
		1200:        120 * time.Millisecond,
		1_000_000:   paceMin,
	} {
		require.Equal(t, pace, (&demo{packages: packages}).pace())
	}
}

func TestJudgeIsSatisfiedOnlyIfEverythingHolds(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	d := &demo{screen: newScreen(&out)}
	d.verdict(true, "one")
	require.NoError(t, d.judge())
	d.verdict(false, "two")
	d.verdict(true, "three")
	require.ErrorIs(t, d.judge(), ErrBroken)
	require.Contains(t, out.String(), "NOT   two\n")
}

func TestWorkersLinesAreKeptApart(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	prefix(&lockedWriter{to: &out}, strings.NewReader("one\ntwo"), "worker 1: ")
	require.Equal(t, "worker 1: one\nworker 1: two\n", out.String())

	long := io.LimitReader(neverEnding('x'), 1<<20)
	prefix(io.Discard, long, "")
	n, _ := long.Read(make([]byte, 1))
	require.Zero(t, n, "a worker is never held up by what it writes")
}

type neverEnding byte

func (b neverEnding) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(b)
	}
	return len(p), nil
}
