package engine

import (
	"context"
	"time"

	"github.com/pgweir/weir/internal/batch"
)

const delegateSQL = `select * from weir_internal.delegate(
  $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, true
)`

// delegate stores the graph that a step returned, and returns the step of it
// that the thread goes on with.
func (t *thread) delegate(b *body, graph *Graph) (*assignment, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(b.ctx), batch.Patience)
	defer cancel()
	c := newStepColumns(graph)
	for i := range graph.Steps {
		c.name[i] = graph.Steps[i].Name // the database knows which are in use
	}
	rows, _ := t.config.Pool.Query(ctx, delegateSQL,
		t.crew.worker, b.step.workflow, b.step.no, b.step.epoch, t.token.Job, b.step.attempt, time.Since(b.began).Seconds(),
		!t.spent(),
		c.no, c.name, c.function, c.queue, c.dependencies, c.dependents, c.run, c.caught, c.args, c.policy, c.metadata,
	)
	hands, err := collectHands(rows, 1)
	if err != nil {
		if batch.IsRefused(err) {
			return nil, t.failed(b, Permanent(err))
		}
		return nil, FromDatabase(err)
	}
	if graph.waits() {
		t.timers.poke()
	}
	return replies(1, hands)[0].next, nil
}

func (t *thread) checkContinuation(c Continuation) error {
	err := c.Check((*Graph).ValidateContinuation, t.config.Limits)
	if err == nil && c.Graph == nil {
		err = t.checkOutput(c.Value)
	}
	return err
}

func (e *Engine) checkOutput(output []byte) error {
	return Permanent(CheckPayload("output", output, e.config.Limits))
}
