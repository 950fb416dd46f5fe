package engine

import (
	"context"

	"github.com/pgweir/weir/internal/batch"
)

// crew are the committers of one worker id. A worker that lost its lease comes
// back under a new id and with a new crew, so no batch mixes the two.
type crew struct {
	worker      string
	claims      *batch.Committer[claimItem]
	advances    *batch.Committer[advanceItem]
	releases    *batch.Committer[releaseItem]
	completions *batch.Committer[int64] // jobs
}

const completeSQL = `select weir_internal.complete($1, $2)`

const (
	batchLimit   = 500
	batchFlights = 2
)

func newCrew(e *Engine, worker string) *crew {
	return &crew{
		worker: worker,
		claims: &batch.Committer[claimItem]{
			Limit:   batchLimit,
			Flights: batchFlights,
			Call: func(ctx context.Context, batch []*claimItem, patient bool) error {
				return e.claim(ctx, worker, batch, patient)
			},
		},
		advances: &batch.Committer[advanceItem]{
			Limit:   batchLimit,
			Flights: batchFlights,
			Size:    (*advanceItem).size,
			Call: func(ctx context.Context, batch []*advanceItem, patient bool) error {
				return advance(ctx, e.config.Pool, advanceSQL, worker, batch, patient)
			},
		},
		releases: &batch.Committer[releaseItem]{
			Limit:   batchLimit,
			Flights: 1,
			Call: func(ctx context.Context, batch []*releaseItem, _ bool) error {
				return e.release(ctx, worker, batch) // never waits
			},
		},
		completions: &batch.Committer[int64]{
			Limit:   batchLimit,
			Flights: 1,
			Call: func(ctx context.Context, batch []*int64, _ bool) error {
				_, err := e.config.Pool.Exec(ctx, completeSQL, worker, batch)
				return FromDatabase(err)
			},
		},
	}
}

// crewOf returns the crew of a worker id. Only the newest is kept: threads of an
// older one hold theirs until they have noticed.
func (e *Engine) crewOf(worker string) *crew {
	e.crewMu.Lock()
	defer e.crewMu.Unlock()

	if e.crew == nil || e.crew.worker != worker {
		e.crew = newCrew(e, worker)
	}
	return e.crew
}
