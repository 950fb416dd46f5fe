package bench

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/pgweir/weir/engine"
)

const eventKey = "go"

// events sends events one after the other, each to a workflow that is parked at
// it, after an idle chain and between inserts from the same pool.
func events(ctx context.Context, b *bench) ([]sample, error) {
	var hops, followed, inserts []time.Duration
	began := make(beginnings, b.config.Sizes.Hops)
	_, err := b.withEngine(ctx, began.function(), func(e *engineRun) error {
		return betweenInserts(ctx, e.pool, &inserts, func() (err error) {
			if hops, err = e.timeHops(ctx, began); err != nil {
				return err
			}
			waiting, err := e.startMany(ctx, b.config.Sizes.Events, untilEvent)
			if err != nil {
				return err
			}
			followed, err = e.timeEvents(ctx, began, waiting)
			return err
		})
	})
	if err != nil {
		return nil, err
	}

	insert, hop, event := quantile(inserts, 0.5), quantile(hops, 0.5), quantile(followed, 0.5)
	return []sample{
		{name: "event to step, p50", unit: "us", value: event, base: insert, than: "insert"},
		{name: "event to step, p99", unit: "us", value: quantile(followed, 0.99), base: quantile(inserts, 0.99), than: "insert"},
		{name: "event to step, p50 in hops", unit: "hops", value: event / hop},
		{name: "hop, p50", unit: "us", value: hop, base: insert, than: "insert"},
		{name: "insert of a row, p50", unit: "us", value: insert},
	}, nil
}

// untilEvent is a workflow that is parked as soon as it is stored: an empty step
// takes the event.
func untilEvent(n int) engine.StartParams {
	settings := engine.Arg{Value: json.RawMessage(`{"key": "` + eventKey + `"}`)}
	event := engine.Step{Name: "event", Function: engine.FunctionEvent, Args: []engine.Arg{settings}}
	return engine.StartParams{
		ID:    "waiting-" + strconv.Itoa(n),
		Graph: engine.Graph{Steps: []engine.Step{event, emptyStep(output(0))}},
	}
}

// timeEvents returns how long after the sending of its event each workflow's
// step began. The next event is sent when the workflow has ended.
func (e *engineRun) timeEvents(ctx context.Context, began beginnings, waiting []engine.Started) ([]time.Duration, error) {
	took := make([]time.Duration, len(waiting))
	for i, workflow := range waiting {
		sent := time.Now()
		if _, err := e.SendEvent(ctx, workflow.ID, engine.Event{Key: eventKey, Payload: json.RawMessage("null")}); err != nil {
			return nil, err
		}
		followed, err := began.next(ctx)
		if err != nil {
			return nil, err
		}
		took[i] = followed.Sub(sent)
		if err := e.succeeds(ctx, workflow); err != nil {
			return nil, err
		}
	}
	return took, nil
}
