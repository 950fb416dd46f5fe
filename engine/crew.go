package engine

import "context"

// crew are the committers of one worker id. A worker that lost its lease comes
// back under a new id and with a new crew, so no batch mixes the two.
type crew struct {
	worker      string
	claims      *committer[claimItem]
	advances    *committer[advanceItem]
	releases    *committer[releaseItem]
	completions *committer[int64] // jobs
}

const completeSQL = `select weir_internal.complete($1, $2)`

const (
	batchLimit   = 500
	batchFlights = 2
)

func newCrew(e *Engine, worker string) *crew {
	return &crew{
		worker: worker,
		claims: &committer[claimItem]{
			limit:   batchLimit,
			flights: batchFlights,
			call: func(ctx context.Context, batch []*claimItem, patient bool) error {
				return e.claim(ctx, worker, batch, patient)
			},
		},
		advances: &committer[advanceItem]{
			limit:   batchLimit,
			flights: batchFlights,
			size:    (*advanceItem).size,
			call: func(ctx context.Context, batch []*advanceItem, patient bool) error {
				return advance(ctx, e.config.Pool, advanceSQL, worker, batch, patient)
			},
		},
		releases: &committer[releaseItem]{
			limit:   batchLimit,
			flights: 1,
			call: func(ctx context.Context, batch []*releaseItem, _ bool) error {
				return e.release(ctx, worker, batch) // never waits
			},
		},
		completions: &committer[int64]{
			limit:   batchLimit,
			flights: 1,
			call: func(ctx context.Context, batch []*int64, _ bool) error {
				_, err := e.config.Pool.Exec(ctx, completeSQL, worker, batch)
				return fromDatabase(err)
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
