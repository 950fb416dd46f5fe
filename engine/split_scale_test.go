package engine

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// endWait has a wait for one of so many steps end, and returns how long that takes.
func (r *rig) endWait(t *testing.T, width int) time.Duration {
	t.Helper()
	steps, all := make([]Step, width, width+2), make([]Arg, width)
	for i := range width {
		steps[i], all[i] = expects(strconv.Itoa(i)), tried(i)
	}
	r.start(t, "w", append(steps, some(1, 0, all...), takes(output(width)))...)
	r.sent(t, "0", `"first"`)
	began := time.Now()
	require.Equal(t, 1, r.fireTimers(t))
	return time.Since(began)
}

// Statistics say that workflows are of one step: the inputs are read once all the same.
func TestL3WhatRemainsIsFoundInOneWalk(t *testing.T) {
	t.Parallel()
	took := func(width int) time.Duration {
		r := setupSplit(t)
		others := make([]*startItem, 4000)
		for i := range others {
			others[i] = newRigStart(t, StartParams{ID: "other" + strconv.Itoa(i), Graph: Graph{Steps: []Step{{Name: "s", Function: "other"}}}})
		}
		require.NoError(t, start(r.ctx, r.db, others, true))
		r.exec(t, `analyze weir_internal.step`)
		return r.endWait(t, width)
	}
	few, many := took(500), took(4000)
	t.Logf("500 in %s, 4000 in %s", few, many)
	require.Less(t, many, 3*8*few) // with a walk for each step it was 60 times
}

// attachTime returns how long it takes to store a graph of so many steps, each of
// which waits for another one that remains of a wait.
func attachTime(t *testing.T, width int) time.Duration {
	t.Helper()
	r := setupSplit(t)
	r.endWait(t, width)
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
