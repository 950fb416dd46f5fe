package sdk_test

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/sdk"
)

// metadata returns what is known of a workflow: by Go, whose JSON is that of SQL.
func (b *testBundle) metadata(t *testing.T, id string) sdk.Metadata {
	t.Helper()
	metadata, err := b.client.Metadata(b.ctx, id)
	require.NoError(t, err)
	requireSameJSON(t, scan[string](t, b, `select weir.metadata($1)::text`, id), metadata)
	return metadata
}

// stepMetadata is metadata of a step.
func (b *testBundle) stepMetadata(t *testing.T, id, step string) sdk.StepMetadata {
	t.Helper()
	metadata, err := b.client.StepMetadata(b.ctx, id, step)
	require.NoError(t, err)
	requireSameJSON(t, scan[string](t, b, `select weir.step_metadata($1, $2)::text`, id, step), metadata)
	return metadata
}

func requireSameJSON(t *testing.T, inSQL string, inGo any) {
	t.Helper()
	encoded, err := json.Marshal(inGo)
	require.NoError(t, err)
	require.JSONEq(t, inSQL, string(encoded))
}

// keys are those of a JSON object.
func keys(t *testing.T, object string) []string {
	t.Helper()
	fields := make(map[string]json.RawMessage)
	require.NoError(t, json.Unmarshal([]byte(object), &fields))
	return slices.Sorted(maps.Keys(fields))
}

func TestJ1WorkflowMetadataHasTheseKeys(t *testing.T) {
	t.Parallel()
	b := setup(t, incHandler)
	_, err := sdk.Run(b.ctx, b.client, inc.Call(1), sdk.StartOpts{ID: "plain"})
	require.NoError(t, err)
	given := map[string]any{"customer": "ann", "large": json.Number("12345678901234567890.5"), "deep": []any{map[string]any{}}}
	_, err = sdk.Run(b.ctx, b.client, inc.Call(1), sdk.StartOpts{ID: "given", Metadata: given})
	require.NoError(t, err)

	inSQL := scan[string](t, b, `select weir.metadata('plain')::text`)
	require.Equal(t, []string{"stats", "status", "user_metadata"}, keys(t, inSQL))
	require.Equal(t, []string{"end_time", "start_time"}, keys(t, scan[string](t, b, `select (weir.metadata('plain') -> 'stats')::text`)))

	plain := b.metadata(t, "plain")
	require.Equal(t, sdk.StatusSuccessful, plain.Status)
	require.Equal(t, "{}", string(plain.UserMetadata))
	require.JSONEq(t, `{"customer": "ann", "large": 12345678901234567890.5, "deep": [{}]}`, string(b.metadata(t, "given").UserMetadata))
	require.Contains(t, string(b.metadata(t, "given").UserMetadata), "12345678901234567890.5")

	started := scan[time.Time](t, b, `select started_at from weir.workflows where workflow_id = 'plain'`)
	finished := scan[time.Time](t, b, `select finished_at from weir.workflows where workflow_id = 'plain'`)
	require.True(t, plain.Stats.StartTime.Equal(started))
	require.True(t, plain.Stats.EndTime.Equal(finished))
	require.InDelta(t, float64(started.UnixMicro())/1e6, scan[float64](t, b, `select (weir.metadata('plain') #> '{stats,start_time}')::float8`), 1e-6)
}

func TestJ2StepMetadataHasTheseKeys(t *testing.T) {
	t.Parallel()
	b := setup(t, incHandler, sumHandler)
	first := inc.Call(1).With(sdk.NodeOpts{Name: "first", Retry: sdk.Retry{Max: 7}, Timeout: 1500 * time.Millisecond, Metadata: map[string]any{"k": 1}})
	second := inc.Call(2).With(sdk.NodeOpts{Retry: sdk.Retry{Max: sdk.Forever}}).After(sdk.Sleep(0))
	caught := inc.Call(3).With(sdk.NodeOpts{Name: "caught", Retry: sdk.Retry{Max: sdk.Never}})
	root := sum.Bind(sdk.All(first, second)).After(sdk.Try(caught))
	_, err := sdk.Run(b.ctx, b.client, root, sdk.StartOpts{ID: "w"})
	require.NoError(t, err)

	inSQL := scan[string](t, b, `select weir.step_metadata('w', 'first')::text`)
	require.Equal(t, []string{"name", "stats", "step_options", "step_type", "user_metadata", "workflow_refs", "workflows"}, keys(t, inSQL))
	require.Equal(t, []string{"catch_exceptions", "max_retries", "queue", "step_type", "timeout"},
		keys(t, scan[string](t, b, `select (weir.step_metadata('w', 'first') -> 'step_options')::text`)))

	got := b.stepMetadata(t, "w", "first")
	require.False(t, got.Stats.EndTime.Before(got.Stats.StartTime))
	got.Stats = sdk.Stats{}
	require.Equal(t, sdk.StepMetadata{
		Name:         "first",
		StepType:     "FUNCTION",
		StepOptions:  sdk.StepOptions{StepType: "FUNCTION", MaxRetries: 7, Queue: "default", Timeout: 1.5},
		Workflows:    []string{},
		WorkflowRefs: []string{},
		UserMetadata: json.RawMessage(`{"k": 1}`),
	}, got)
	require.Equal(t, []string{"sleep"}, b.stepMetadata(t, "w", "inc").Workflows)
	require.Equal(t, -1, b.stepMetadata(t, "w", "inc").StepOptions.MaxRetries)
	require.Zero(t, b.stepMetadata(t, "w", "caught").StepOptions.MaxRetries)
	require.Equal(t, sdk.StepOptions{StepType: "FUNCTION", MaxRetries: 3, Queue: "default"}, b.stepMetadata(t, "w", "sum").StepOptions)
	require.Equal(t, "{}", string(b.stepMetadata(t, "w", "sum").UserMetadata))
	require.Equal(t, []string{"first", "inc"}, b.stepMetadata(t, "w", "sum").Workflows[:2])
}

func TestJ2CaughtStepSaysSo(t *testing.T) {
	t.Parallel()
	b := setup(t, handlers...)
	root := Finalize.Bind(sdk.All(BookFlight.Call(FlightReq{"A", "B"})), sdk.Try(BookHotel.Call("SAN")))
	_, err := sdk.Run(b.ctx, b.client, root, sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	require.True(t, b.stepMetadata(t, "w", "book_hotel").StepOptions.CatchExceptions)
	require.False(t, b.stepMetadata(t, "w", "book_flight").StepOptions.CatchExceptions)
	require.Equal(t, []string{"book_flight", "book_hotel"}, b.stepMetadata(t, "w", "finalize_trip").Workflows)
}

func TestJ3StepMetadataHasTheNameBeforeItWasNumbered(t *testing.T) {
	t.Parallel()
	again := sdk.Step[int, int]{Name: "again"}
	b := setup(t, incHandler, sumHandler, again.Continue(func(_ context.Context, n int) (sdk.Ref[int], error) {
		if n == 0 {
			return sdk.Val(0), nil
		}
		return inc.Bind(again.Call(n - 1).With(sdk.NodeOpts{Name: "mine"})), nil
	}))
	calls := []sdk.Ref[int]{again.Call(3), inc.Call(1), inc.Call(2), inc.Call(3).With(sdk.NodeOpts{Name: "part_2"})}
	_, err := sdk.Run(b.ctx, b.client, sum.Bind(sdk.All(calls...)), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	for step, name := range map[string]string{
		"again": "again", "mine": "mine", "mine_1": "mine", "mine_2": "mine",
		"inc": "inc", "inc_1": "inc", "inc_2": "inc", "inc_4": "inc", "part_2": "part_2", "sum": "sum",
	} {
		require.Equal(t, name, b.stepMetadata(t, "w", step).Name, step)
	}
}

func TestJ4WhatIsNotKnownHasNoKey(t *testing.T) {
	t.Parallel()
	g, f := newGate(t), newFlaky("flaky")
	b := setup(t, g.handler(), f.handler(), incHandler)
	_, err := sdk.Start(b.ctx, b.client, inc.Bind(g.Call(1)), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	g.wait(t)
	stats := func(sql string) []string {
		return keys(t, scan[string](t, b, `select (`+sql+` -> 'stats')::text`))
	}
	require.Equal(t, sdk.StatusRunning, b.metadata(t, "w").Status)
	require.Equal(t, []string{"start_time"}, stats(`weir.metadata('w')`))
	require.Equal(t, []string{"start_time"}, stats(`weir.step_metadata('w', 'gate')`))
	require.Empty(t, stats(`weir.step_metadata('w', 'inc')`))
	require.True(t, b.metadata(t, "w").Stats.EndTime.IsZero())
	require.Zero(t, b.stepMetadata(t, "w", "inc").Stats)

	require.NoError(t, b.client.Cancel(b.ctx, "w", ""))
	require.Equal(t, sdk.StatusCanceled, b.metadata(t, "w").Status)
	require.Equal(t, []string{"start_time"}, stats(`weir.metadata('w')`))
	close(g.open)

	_, err = sdk.Run(b.ctx, b.client, f.Call(1), sdk.StartOpts{ID: "failed"})
	require.ErrorContains(t, err, "broken")
	require.Equal(t, []string{"end_time", "start_time"}, stats(`weir.metadata('failed')`))
	require.Equal(t, []string{"start_time"}, stats(`weir.step_metadata('failed', 'flaky')`))

	// Behind a limit it hasn't begun.
	_, err = b.pool.Exec(b.ctx, `
select weir.set_limit('name', 'n', 1), weir.start('n', workflow_id => 'first'), weir.start('n', workflow_id => 'second')`)
	require.NoError(t, err)
	require.Equal(t, sdk.StatusPending, b.metadata(t, "second").Status)
	require.Empty(t, stats(`weir.metadata('second')`))
}

func TestJ4MetadataWaitsForNobody(t *testing.T) {
	t.Parallel()
	b := setup(t, incHandler)
	_, err := sdk.Run(b.ctx, b.client, inc.Call(1), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	tx, err := b.pool.Begin(b.ctx)
	require.NoError(t, err)
	_, err = tx.Exec(b.ctx, `select weir.delete('w')`) // and holds all locks
	require.NoError(t, err)
	require.Equal(t, sdk.StatusSuccessful, b.metadata(t, "w").Status)
	b.stepMetadata(t, "w", "inc")
	require.NoError(t, tx.Rollback(b.ctx))
}

func TestJ5ResumeMovesBothTimes(t *testing.T) {
	t.Parallel()
	f := newFlaky("flaky")
	b := setup(t, f.handler())
	_, err := sdk.Run(b.ctx, b.client, f.Call(1), sdk.StartOpts{ID: "w"})
	require.ErrorContains(t, err, "broken")
	before, stepBefore := b.metadata(t, "w"), b.stepMetadata(t, "w", "flaky")
	close(f.mended)
	_, err = b.client.Resume(b.ctx, "w")
	require.NoError(t, err)
	_, err = sdk.Output[int](b.ctx, b.client, "w")
	require.NoError(t, err)
	after := b.metadata(t, "w")
	require.True(t, after.Stats.StartTime.After(before.Stats.StartTime))
	require.True(t, after.Stats.EndTime.After(before.Stats.EndTime))
	require.True(t, b.stepMetadata(t, "w", "flaky").Stats.StartTime.After(stepBefore.Stats.StartTime))

	// What is successful isn't touched.
	_, err = b.client.Resume(b.ctx, "w")
	require.NoError(t, err)
	require.Equal(t, after, b.metadata(t, "w"))
}

// stamp is a step whose output is when its body began and ended, on the database's
// clock.
var stamp = sdk.Step[string, [2]time.Time]{Name: "stamp", Retry: sdk.Retry{Max: 1, NoDelay: true}}

func stampTx(ctx context.Context, tx pgx.Tx, _ string) (stamps [2]time.Time, err error) {
	for i := range stamps {
		if err := tx.QueryRow(ctx, `select clock_timestamp()`).Scan(&stamps[i]); err != nil {
			return stamps, err
		}
	}
	return stamps, nil
}

func TestJ6TimesOfAStepAreAroundItsBody(t *testing.T) {
	t.Parallel()
	first := make(chan time.Time, 1)
	b := setup(t, stamp.DoTx(func(ctx context.Context, tx pgx.Tx, what string) ([2]time.Time, error) {
		stamps, err := stampTx(ctx, tx, what)
		if info, _ := sdk.Info(ctx); what == "fails once" && info.Attempt == 1 {
			first <- stamps[0]
			return stamps, errBroken
		}
		return stamps, err
	}))
	for _, what := range []string{"succeeds", "fails once"} {
		body, err := sdk.Run(b.ctx, b.client, stamp.Call(what), sdk.StartOpts{ID: what})
		require.NoError(t, err)
		began := body[0]
		if what == "fails once" {
			began = <-first // retries don't move it
		}
		step, workflow := b.stepMetadata(t, what, "stamp").Stats, b.metadata(t, what).Stats
		require.False(t, workflow.StartTime.After(step.StartTime))
		require.False(t, step.StartTime.After(began))
		require.False(t, step.EndTime.Before(body[1]))
		require.False(t, workflow.EndTime.Before(step.EndTime))
	}
}

func TestJ6TimesOfAStepAreWithoutTheGraphItReturned(t *testing.T) {
	t.Parallel()
	outer := sdk.Step[string, [2]time.Time]{Name: "outer"}
	f := newFlaky("flaky")
	b := setup(t, stamp.DoTx(stampTx), f.handler(), outer.Continue(func(_ context.Context, what string) (sdk.Ref[[2]time.Time], error) {
		if what == "fails" {
			return stamp.Call("").After(f.Call(1)), nil
		}
		return stamp.Call(what), nil
	}))
	body, err := sdk.Run(b.ctx, b.client, outer.Call(""), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	outerStats, inner, workflow := b.stepMetadata(t, "w", "outer").Stats, b.stepMetadata(t, "w", "stamp").Stats, b.metadata(t, "w").Stats
	require.False(t, outerStats.EndTime.After(body[0]))
	require.False(t, inner.StartTime.Before(outerStats.EndTime))
	require.False(t, workflow.EndTime.Before(inner.EndTime))
	spans := outerStats.EndTime.Sub(outerStats.StartTime) + inner.EndTime.Sub(inner.StartTime)
	require.GreaterOrEqual(t, workflow.EndTime.Sub(workflow.StartTime), spans)

	// It has succeeded, whatever became of its graph.
	_, err = sdk.Run(b.ctx, b.client, outer.Call("fails"), sdk.StartOpts{ID: "failed"})
	require.ErrorContains(t, err, "broken")
	require.False(t, b.stepMetadata(t, "failed", "outer").Stats.EndTime.IsZero())
	require.True(t, b.stepMetadata(t, "failed", "flaky").Stats.EndTime.IsZero())
}

func TestJ7UnknownNames(t *testing.T) {
	t.Parallel()
	b := setup(t, incHandler)
	_, err := sdk.Run(b.ctx, b.client, inc.Call(1), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	_, err = b.client.Metadata(b.ctx, "unknown")
	require.ErrorIs(t, err, sdk.ErrNotFound)
	require.ErrorContains(t, err, "'unknown'")
	_, err = b.client.StepMetadata(b.ctx, "unknown", "neither")
	require.ErrorIs(t, err, sdk.ErrNotFound)
	_, err = b.client.StepMetadata(b.ctx, "w", "other")
	require.ErrorIs(t, err, sdk.ErrStepNotFound)
	require.ErrorContains(t, err, "no step 'other' in workflow 'w'")
	requireState(t, b, "WF001", `select weir.metadata('unknown')`)
	requireState(t, b, "WF001", `select weir.step_metadata('unknown', 'neither')`)
	requireState(t, b, "WF008", `select weir.step_metadata('w', 'other')`)
	requireState(t, b, "WF008", `select weir.step_metadata('w', null)`)
	for _, bad := range []string{"", "a\nb", "a\x00"} {
		_, err = b.client.Metadata(b.ctx, bad)
		require.ErrorIs(t, err, sdk.ErrInput)
		_, err = b.client.StepMetadata(b.ctx, "w", bad)
		require.ErrorIs(t, err, sdk.ErrInput)
	}
}

// Ray had one call a step. Here all steps are rows.
func TestJ8OverviewOfTheCompletedSteps(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	b := setup(t, g.handler(), incHandler)
	_, err := sdk.Start(b.ctx, b.client, g.Bind(inc.Bind(inc.Call(1))), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	g.wait(t)
	require.Equal(t, []string{"inc", "inc_1"}, scan[[]string](t, b, `
select array_agg(name order by no) from weir.steps where workflow_id = 'w' and state = 'succeeded'`))
	close(g.open)
	_, err = sdk.Output[int](b.ctx, b.client, "w")
	require.NoError(t, err)
}
