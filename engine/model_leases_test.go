package engine

import (
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// beat has a worker mark what it holds.
func (d *modelDriver) beat(t *rapid.T) {
	worker := d.anyWorker(t)
	var (
		workflow, job      []int64
		no, epoch, attempt []int32
		took               []float64
		gone               = []string{}
	)
	for _, thread := range d.threads {
		if thread.worker != worker || thread.zombie {
			continue
		}
		workflow, job = append(workflow, thread.workflow), append(job, thread.job)
		no, epoch, attempt = append(no, thread.no), append(epoch, thread.epoch), append(attempt, thread.attempt)
		took = append(took, 1)
		switch w := d.m.byKey(thread.workflow); {
		case w == nil || w.steps[thread.no].epoch != int(thread.epoch) || w.steps[thread.no].state == "halted":
			gone = append(gone, fmt.Sprint(thread.workflow, thread.no, thread.epoch))
		case w.steps[thread.no].state == "waiting":
			s := w.steps[thread.no]
			s.state, s.job, s.attempt = "running", thread.job, int(thread.attempt)
		}
	}
	rows, _ := d.db.Query(d.ctx, `select workflow, no, epoch from weir_internal.worker_beat($1, '1 hour', $2, $3, $4, $5, $6, $7)`,
		worker, workflow, no, epoch, job, attempt, took)
	told, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (string, error) {
		var a int64
		var b, c int32
		err := row.Scan(&a, &b, &c)
		return fmt.Sprint(a, b, c), err
	})
	require.NoError(t, err)
	require.ElementsMatch(t, gone, told)
}

// retire ends a worker, killed or in peace, and has another one join.
func (d *modelDriver) retire(t *rapid.T) {
	worker := d.anyWorker(t)
	lost := rapid.Bool().Draw(t, "lost")
	d.retireOne(t, worker, lost)
	if len(d.m.workers) == 0 || len(d.m.workers) < 3 && rapid.Bool().Draw(t, "joins") {
		d.register(t)
	}
	if len(d.m.workers) < 2 && rapid.Bool().Draw(t, "joins") {
		d.register(t)
	}
}

const modelPoison = 2

func (d *modelDriver) retireOne(t *rapid.T, worker string, lost bool) {
	jobs := scalar[[]int64](t, d.rig, `select coalesce(array_agg(id), '{}') from weir_internal.river_held($1)`, worker)
	done, err := d.rig.retire(worker, lost, modelPoison)
	require.NoError(t, err)
	require.True(t, done)
	delete(d.m.workers, worker)
	d.m.requeue(jobs, lost, lost && d.m.manual[worker], modelPoison)
}

// forget is a fetch whose answer was lost: the worker gives back what it doesn't
// know of.
func (d *modelDriver) forget(t *rapid.T) {
	worker := d.anyWorker(t)
	known := []int64{}
	for _, thread := range d.threads {
		if thread.worker == worker {
			known = append(known, thread.job)
		}
	}
	var forgotten []int64
	d.tokens = slices.DeleteFunc(d.tokens, func(token modelToken) bool {
		if token.worker == worker {
			forgotten = append(forgotten, token.Job)
		}
		return token.worker == worker
	})
	found := scalar[int](t, d.rig, `select found from weir_internal.worker_reconcile($1, $2, '-1 second')`, worker, known)
	require.Equal(t, len(forgotten), found)
	d.m.requeue(forgotten, false, false, 0)
}

func (d *modelDriver) mend(t *rapid.T) {
	require.Zero(t, scalar[int](t, d.rig, `select mended from weir_internal.queue_mend(0, 100)`))
}
