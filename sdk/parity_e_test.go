package sdk_test

import (
	"context"
	"math"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/sdk"
)

// outputInSQL waits for a workflow that was started by anyone, and returns its
// output as SQL has it.
func (b *testBundle) outputInSQL(t *testing.T, id string) string {
	t.Helper()
	_, err := sdk.Attach[any](b.client, id).Wait(b.ctx)
	require.NoError(t, err)
	return scan[string](t, b, `select weir.output($1)::text`, id)
}

func TestE1RunReturnsTheValueOrTheStepsOwnError(t *testing.T) {
	t.Parallel()
	f := newFlaky("flaky")
	b := setup(t, incHandler, f.handler())
	got, err := sdk.Run(b.ctx, b.client, inc.Call(1), sdk.StartOpts{})
	require.NoError(t, err)
	require.Equal(t, 2, got)
	_, err = sdk.Run(b.ctx, b.client, inc.Bind(f.Call(1)), sdk.StartOpts{ID: "failed"})
	require.EqualError(t, err, `workflow "failed": step "flaky" failed after 1 attempt: broken`)

	require.Equal(t, "2", b.outputInSQL(t, scan[string](t, b, `select weir.start('inc', '1')`)))
	scan[string](t, b, `select weir.start('flaky', '1', 'failed too')`)
	_, err = sdk.Output[int](b.ctx, b.client, "failed too")
	require.EqualError(t, err, `workflow "failed too": step "flaky" failed after 1 attempt: broken`)
}

func TestE2StartReturnsAtOnceAndManyWait(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	b := setup(t, g.handler())
	handle, err := sdk.Start(b.ctx, b.client, g.Call(1), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	require.True(t, handle.Created())
	scan[string](t, b, `select weir.start('gate', '1', 'v')`)
	g.wait(t)
	g.wait(t) // both bodies are held, and both starts have returned

	got := make(chan int, 30)
	watcher := b.watcher(t)
	for range 10 {
		for _, handle := range []sdk.Handle[int]{handle, sdk.Attach[int](watcher, "w"), sdk.Attach[int](b.client, "v")} {
			go func() {
				output, _ := handle.Wait(b.ctx)
				got <- output
			}()
		}
	}
	close(g.open)
	for range 30 {
		require.Equal(t, 2, <-got)
	}
}

func TestE3IDThatIsNotGivenIsRandom(t *testing.T) {
	t.Parallel()
	b := setup(t)
	seen := make(map[string]bool)
	for range 3 {
		handle, err := sdk.Start(b.ctx, b.client, inc.Call(1), sdk.StartOpts{})
		require.NoError(t, err)
		for _, id := range []string{handle.ID(), scan[string](t, b, `select weir.start('inc', '1')`)} {
			parsed, err := uuid.Parse(id)
			require.NoError(t, err)
			require.Equal(t, uuid.Version(7), parsed.Version())
			require.False(t, seen[id])
			seen[id] = true
		}
	}
}

func TestE4ExistingIDThatIsSuccessfulGivesTheStoredResult(t *testing.T) {
	t.Parallel()
	f := newFlaky("flaky")
	close(f.mended)
	b := setup(t, f.handler(), incHandler)
	_, err := sdk.Run(b.ctx, b.client, f.Call(1), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)

	again, err := sdk.Start(b.ctx, b.client, f.Call(1), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	require.False(t, again.Created())
	require.True(t, again.SameGraph())
	other, err := sdk.Start(b.ctx, b.client, inc.Call(100), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	require.False(t, other.SameGraph())
	got, err := other.Wait(b.ctx)
	require.NoError(t, err)
	require.Equal(t, 10, got)
	require.Equal(t, "w", scan[string](t, b, `select weir.start('inc', '100', 'w')`))
	require.Equal(t, "10", b.outputInSQL(t, "w"))

	require.Equal(t, int64(1), f.runs.Load())
	require.Equal(t, "SUCCESSFUL", scan[string](t, b, `select weir.status('w')`))
	require.Equal(t, 1, scan[int](t, b, `select count(*)::int from weir.steps`))
}

func TestE5ExistingIDThatFailedIsResumed(t *testing.T) {
	t.Parallel()
	f := newFlaky("flaky")
	b := setup(t, f.handler())
	for _, id := range []string{"w", "v"} {
		_, err := sdk.Run(b.ctx, b.client, f.Call(1), sdk.StartOpts{ID: id})
		require.ErrorContains(t, err, "broken")
	}
	_, err := sdk.Run(b.ctx, b.client, f.Call(1), sdk.StartOpts{ID: "w", OnExisting: sdk.OnExistingAttach})
	require.ErrorContains(t, err, "broken")
	scan[string](t, b, `select weir.start('flaky', '1', 'v', on_existing => 'attach')`)
	require.Equal(t, "FAILED", scan[string](t, b, `select weir.status('v')`))
	require.Equal(t, int64(2), f.runs.Load(), "to attach never resumes")

	close(f.mended)
	got, err := sdk.Run(b.ctx, b.client, f.Call(1), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	require.Equal(t, 10, got)
	scan[string](t, b, `select weir.start('flaky', '1', 'v')`)
	require.Equal(t, "10", b.outputInSQL(t, "v"))
}

func TestE5ExistingIDThatIsResumableGoesOnWithAWorker(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for range 2 {
		_, err := sdk.Start(b.ctx, b.client, inc.Call(1), sdk.StartOpts{ID: "w"})
		require.NoError(t, err)
		require.Equal(t, "RESUMABLE", scan[string](t, b, `select weir.status('w')`))
	}
	b.worker(t, incHandler)
	got, err := sdk.Run(b.ctx, b.client, inc.Call(1), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	require.Equal(t, 2, got)
}

func TestE6ExistingIDThatIsCanceledIsResumed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, id := range []string{"w", "v"} {
		_, err := sdk.Start(b.ctx, b.client, inc.Call(1), sdk.StartOpts{ID: id})
		require.NoError(t, err)
		require.NoError(t, b.client.Cancel(b.ctx, id, ""))
	}
	_, err := sdk.Run(b.ctx, b.client, inc.Call(1), sdk.StartOpts{ID: "w", OnExisting: sdk.OnExistingAttach})
	require.ErrorIs(t, err, sdk.ErrCanceled)

	b.worker(t, incHandler)
	got, err := sdk.Run(b.ctx, b.client, inc.Call(1), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	require.Equal(t, 2, got)
	scan[string](t, b, `select weir.start('inc', '1', 'v')`)
	require.Equal(t, "2", b.outputInSQL(t, "v"))
}

func TestE7ExistingIDThatRunsIsAttachedToOrRejected(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	b := setup(t, g.handler())
	first, err := sdk.Start(b.ctx, b.client, g.Call(1), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	g.wait(t)
	second, err := sdk.Start(b.ctx, b.watcher(t), g.Call(1), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	require.False(t, second.Created())
	require.Equal(t, "w", scan[string](t, b, `select weir.start('gate', '1', 'w')`))
	_, err = sdk.Start(b.ctx, b.client, g.Call(1), sdk.StartOpts{ID: "w", OnExisting: sdk.OnExistingReject})
	require.ErrorIs(t, err, sdk.ErrExists)
	requireState(t, b, "WF002", `select weir.start('gate', '1', 'w', on_existing => 'reject')`)

	close(g.open)
	for _, handle := range []sdk.Handle[int]{first, second} {
		got, err := handle.Wait(b.ctx)
		require.NoError(t, err)
		require.Equal(t, 2, got)
	}
	require.Empty(t, g.began, "one body ran")
}

func TestE8FirstMetadataWins(t *testing.T) {
	t.Parallel()
	b := setup(t, incHandler)
	start := func(metadata map[string]any) {
		_, err := sdk.Run(b.ctx, b.client, inc.Call(1), sdk.StartOpts{ID: "w", Metadata: metadata})
		require.NoError(t, err)
	}
	start(map[string]any{"n": 1})
	start(map[string]any{"n": 2})
	start(nil)
	scan[string](t, b, `select weir.start('inc', '1', 'w', '{"n": 3}')`)
	require.NoError(t, b.client.Cancel(b.ctx, scan[string](t, b, `select weir.start('nobodys', '1', 'v', '{"n": 1}')`), ""))
	scan[string](t, b, `select weir.start('nobodys', '1', 'v', '{"n": 2}')`)
	for _, id := range []string{"w", "v"} {
		require.JSONEq(t, `{"n": 1}`, string(b.metadata(t, id).UserMetadata))
	}
}

func TestE9StartIsDurableBeforeItReturns(t *testing.T) {
	t.Parallel()
	b := setup(t)
	starter, err := sdk.New(sdk.Config{Pool: b.pool})
	require.NoError(t, err)
	root := sum.Bind(sdk.All(inc.Call(1), inc.Bind(inc.Call(2))))
	_, err = sdk.Start(b.ctx, starter, root, sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	require.NoError(t, starter.Stop(b.ctx))
	require.Equal(t, 4, scan[int](t, b, `select count(*)::int from weir.steps where args <> '[]'`))

	b.worker(t, incHandler, sumHandler)
	got, err := sdk.Output[int](b.ctx, b.client, "w")
	require.NoError(t, err)
	require.Equal(t, 6, got)
}

func TestE10BadMetadataIsRefusedAndNothingStored(t *testing.T) {
	t.Parallel()
	b := setup(t, incHandler)
	for field, metadata := range map[string]map[string]any{
		"metadata.f":    {"f": func() {}},
		"metadata.nan":  {"nan": math.NaN()},
		"metadata.text": {"text": "\xff"},
		"metadata":      {"nul": "\x00"},
	} {
		_, err := sdk.Start(b.ctx, b.client, inc.Call(1), sdk.StartOpts{ID: "w", Metadata: metadata})
		var refused *sdk.InputError
		require.ErrorAs(t, err, &refused)
		require.Equal(t, field, refused.Field)
	}
	for _, metadata := range []string{`[]`, `1`, `null`, `"text"`} {
		requireState(t, b, "WF006", `select weir.start('inc', '1', 'w', $1)`, []byte(metadata))
	}
	require.Zero(t, scan[int](t, b, `select count(*)::int from weir.workflows`))
}

func TestE11ClientNeedsNoInitialisation(t *testing.T) {
	t.Parallel()
	b := setup(t, incHandler)
	client, err := sdk.New(sdk.Config{Pool: b.pool}) // and no Start
	require.NoError(t, err)
	got, err := sdk.Run(b.ctx, client, inc.Call(1), sdk.StartOpts{})
	require.NoError(t, err)
	require.Equal(t, 2, got)
	require.NoError(t, client.Stop(context.WithoutCancel(b.ctx)))
}
