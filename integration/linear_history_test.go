package integration_test

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// checkTime is how long the search for an order may take.
const checkTime = 20 * time.Second

// history returns what scribes have told of an actor: calls apart from queries. A
// call without an answer lasts until end; a read without one says nothing.
func history(t *testing.T, events []event, actor string, end time.Time) (calls, queries []porcupine.Operation) {
	t.Helper()
	var order []string
	open := make(map[string]*porcupine.Operation)
	for _, e := range events {
		switch {
		case e.Step != actor:
		case e.Kind == asked:
			var ask request
			require.NoError(t, json.Unmarshal([]byte(e.Detail), &ask))
			open[e.Workflow] = &porcupine.Operation{
				ClientId: e.Attempt, Input: ask, Call: e.At.UnixNano(), Output: (*reply)(nil), Return: end.UnixNano(),
			}
			order = append(order, e.Workflow)
		case e.Kind == answered:
			var got reply
			require.NoError(t, json.Unmarshal([]byte(e.Detail), &got))
			open[e.Workflow].Output, open[e.Workflow].Return = &got, e.At.UnixNano()
		}
	}
	for _, id := range order {
		o := *open[id]
		lost := o.Output.(*reply) == nil
		switch o.Input.(request).Do {
		case doPeek:
			if !lost {
				queries = append(queries, o)
			}
		case doRead:
			if !lost {
				calls = append(calls, o)
			}
		default:
			calls = append(calls, o)
		}
	}
	return calls, queries
}

// requireLinearizable checks that one order of an actor's calls explains all replies
// and the state at the end, and that in it no call is before one that had returned
// when it was made.
func (f *fleet) requireLinearizable(t *testing.T, model porcupine.Model, actor string, calls []porcupine.Operation, end time.Time) {
	t.Helper()
	var last reply
	state := read[json.RawMessage](t, f, "select state from weir.actors where actor_id = $1", actor)[0]
	require.NoError(t, json.Unmarshal(state, &last))
	calls = append(calls, during(end.UnixNano(), end.UnixNano(), request{Actor: actor, Do: doRead}, &last))

	result, info := porcupine.CheckOperationsVerbose(model, calls, checkTime)
	if result == porcupine.Ok {
		return
	}
	picture, err := os.CreateTemp("", "weir-history-*.html")
	require.NoError(t, err)
	defer picture.Close() //nolint:errcheck // the test has failed
	require.NoError(t, porcupine.Visualize(model, info, picture))
	t.Errorf("%s: a history of %d calls, in %s", result, len(calls), picture.Name())
}

// requireRecorded returns an actor's calls as they are stored, in the order in which
// they were accepted. This is an order that explains the results, each call is there
// once, and its result is the reply.
func (f *fleet) requireRecorded(t *testing.T, model porcupine.Model, actor string, calls []porcupine.Operation) (recorded []porcupine.Operation) {
	t.Helper()
	told := make(map[string]*reply)
	for _, o := range calls {
		told[o.Input.(request).ID] = o.Output.(*reply)
	}
	rows, err := f.pool.Query(t.Context(), `
select args, result
from weir.actor_calls
where actor_id = $1
  and method <> ''
  and status = 'SUCCESSFUL'
order by seq`, actor)
	require.NoError(t, err)
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct {
		Ask request
		Got reply
	}])
	require.NoError(t, err)

	state := model.Init()
	once := make(map[string]bool)
	for _, row := range found {
		possible, next := model.Step(state, row.Ask, &row.Got)
		require.True(t, possible, "call %d: %s", len(recorded), describe(row.Ask, &row.Got))
		require.False(t, once[row.Ask.ID], "%s is there twice", row.Ask.ID)
		if got := told[row.Ask.ID]; got != nil {
			require.Equal(t, *got, row.Got, row.Ask.ID)
		}
		once[row.Ask.ID] = true
		recorded, state = append(recorded, during(0, 0, row.Ask, &row.Got)), next
	}
	return recorded
}
