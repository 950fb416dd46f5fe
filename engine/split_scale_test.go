package engine

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// attachTime returns how long it takes to store a graph of so many steps, each of
// which waits for another one that remains of a wait.
func attachTime(t *testing.T, width int) time.Duration {
	t.Helper()
	r := setupSplit(t)
	steps, all := make([]Step, width, width+2), make([]Arg, width)
	for i := range width {
		steps[i], all[i] = expects(strconv.Itoa(i)), tried(i)
	}
	r.start(t, "w", append(steps, some(1, 0, all...), takes(output(width)))...)
	r.sent(t, "0", `"first"`)
	r.fireTimers(t)
	graph := make([]Step, width-1)
	for i := range graph {
		graph[i] = takes(outsideTried(i + 1))
	}
	b := r.take(t, "f")
	began := time.Now()
	_, err := r.delegate(b, false, graph...)
	took := time.Since(began)
	require.NoError(t, err)
	return took
}

func TestL3WhatRemainsIsAttachedInOneWalk(t *testing.T) {
	t.Parallel()
	few, many := attachTime(t, 500), attachTime(t, 4000)
	t.Logf("500 in %s, 4000 in %s", few, many)
	require.Less(t, many, 3*8*few) // with a walk for each step it was minutes
}
