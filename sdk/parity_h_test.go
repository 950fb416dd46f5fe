package sdk_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype/zeronull"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/pgweir/weir/sdk"
)

// ids returns those of a list, which is the same in Go, fetched in pages of
// different sizes, and in SQL.
func (b *testBundle) ids(t *testing.T, opts sdk.ListOpts) (ids []string) {
	t.Helper()
	ids = b.list(t, opts)
	for _, pageSize := range []int{1, 3, 1000} {
		opts.PageSize = pageSize
		require.Equal(t, ids, b.list(t, opts))
	}
	require.Equal(t, ids, b.listInSQL(t, opts))
	return ids
}

func (b *testBundle) list(t require.TestingT, opts sdk.ListOpts) []string {
	ids := []string{}
	for workflow, err := range b.client.List(b.ctx, opts) {
		require.NoError(t, err)
		ids = append(ids, workflow.ID)
	}
	return ids
}

func (b *testBundle) listInSQL(t *testing.T, opts sdk.ListOpts) []string {
	t.Helper()
	var metadata any
	if opts.Metadata != nil {
		metadata = opts.Metadata
	}
	if len(opts.Status) == 0 {
		opts.Status = nil
	}
	return scan[[]string](t, b, `
select coalesce(array_agg(l.workflow_id), '{}')
from weir.list(
  status => $1, name => nullif($2, ''), metadata => $3, id_prefix => nullif($4, ''), created_from => $5, created_before => $6,
  finished_from => $7, finished_before => $8, page_size => 1000
) as l`,
		opts.Status, opts.Name, metadata, opts.IDPrefix, zeronull.Timestamptz(opts.CreatedFrom), zeronull.Timestamptz(opts.CreatedBefore),
		zeronull.Timestamptz(opts.FinishedFrom), zeronull.Timestamptz(opts.FinishedBefore))
}

// workflowsOfEveryStatus starts one of each, whose id is its status.
func workflowsOfEveryStatus(t *testing.T) *testBundle {
	t.Helper()
	g, f := newGate(t), newFlaky("flaky")
	b := setup(t, g.handler(), f.handler(), incHandler)
	nobodys := sdk.Step[int, int]{Name: "nobodys"}
	metadata := func(status sdk.Status) sdk.StartOpts {
		return sdk.StartOpts{ID: string(status), Metadata: map[string]any{"status": status, "all": true}}
	}

	_, err := sdk.Run(b.ctx, b.client, inc.Call(1), metadata(sdk.StatusSuccessful))
	require.NoError(t, err)
	_, err = sdk.Run(b.ctx, b.client, f.Call(1), metadata(sdk.StatusFailed))
	require.Error(t, err)
	_, err = sdk.Start(b.ctx, b.client, nobodys.Call(1), metadata(sdk.StatusCanceled))
	require.NoError(t, err)
	require.NoError(t, b.client.Cancel(b.ctx, "CANCELED", "the reason"))
	_, err = sdk.Start(b.ctx, b.client, nobodys.Call(1), metadata(sdk.StatusResumable))
	require.NoError(t, err)
	_, err = sdk.Start(b.ctx, b.client, inc.Bind(g.Call(1)), metadata(sdk.StatusRunning))
	require.NoError(t, err)
	g.wait(t)
	require.NoError(t, b.client.SetLimit(b.ctx, sdk.Limit{Name: "limited", MaxRunning: 1}))
	for _, id := range []string{"running too", "PENDING"} {
		_, err = b.client.StartNamed(b.ctx, "limited", 1, sdk.StartOpts{ID: id, Metadata: map[string]any{"status": id}})
		require.NoError(t, err)
	}
	return b
}

func TestH1ListHasWorkflowsOfAllStatuses(t *testing.T) {
	t.Parallel()
	empty := setup(t)
	require.Empty(t, empty.ids(t, sdk.ListOpts{}))

	b := workflowsOfEveryStatus(t)
	require.Equal(t, []string{"PENDING", "running too", "RUNNING", "RESUMABLE", "CANCELED", "FAILED", "SUCCESSFUL"}, b.ids(t, sdk.ListOpts{}))

	listed := make(map[string]sdk.Workflow)
	for workflow, err := range b.client.List(b.ctx, sdk.ListOpts{}) {
		require.NoError(t, err)
		listed[workflow.ID] = workflow
		status, err := b.client.Status(b.ctx, workflow.ID)
		require.NoError(t, err)
		require.Equal(t, status, workflow.Status)
		if workflow.ID != "running too" {
			require.Equal(t, workflow.ID, string(workflow.Status))
		}
		require.False(t, workflow.CreatedAt.IsZero())
		require.Equal(t, workflow.Status == sdk.StatusPending, workflow.StartedAt.IsZero())
		require.Equal(t, workflow.Status.Finished(), !workflow.FinishedAt.IsZero())
		require.Equal(t, workflow.Status == sdk.StatusFailed, workflow.Error != nil)
	}
	require.JSONEq(t, `{"status": "FAILED", "all": true}`, string(listed["FAILED"].Metadata))
	require.Equal(t, &sdk.StepError{Step: "flaky", Type: "errors.errorString", Message: "broken", Attempts: 1}, listed["FAILED"].Error)
	require.Equal(t, "the reason", listed["CANCELED"].CancelReason)
	require.Equal(t, "limited", listed["PENDING"].Name)
	require.Equal(t, 2, listed["RUNNING"].Steps)

	// SQL has them as weir.workflows does.
	require.Zero(t, scan[int](t, b, `
select count(*)::int
from (
  select workflow_id, name, status, metadata, steps, created_at, started_at, finished_at, failed_step, error, cancel_reason from weir.list()
  except
  table weir.workflows
) as other`))
}

func TestH2ListOfStatuses(t *testing.T) {
	t.Parallel()
	b := workflowsOfEveryStatus(t)
	for _, test := range []struct {
		status []sdk.Status
		want   []string
	}{
		{[]sdk.Status{sdk.StatusSuccessful}, []string{"SUCCESSFUL"}},
		{[]sdk.Status{"FAILED"}, []string{"FAILED"}},
		{[]sdk.Status{sdk.StatusCanceled}, []string{"CANCELED"}},
		{[]sdk.Status{sdk.StatusResumable}, []string{"running too", "RESUMABLE"}},
		{[]sdk.Status{sdk.StatusRunning}, []string{"RUNNING"}},
		{[]sdk.Status{sdk.StatusPending}, []string{"PENDING"}},
		{[]sdk.Status{sdk.StatusRunning, sdk.StatusResumable}, []string{"running too", "RUNNING", "RESUMABLE"}},
		{[]sdk.Status{sdk.StatusFailed, sdk.StatusSuccessful, sdk.StatusFailed}, []string{"FAILED", "SUCCESSFUL"}},
		{[]sdk.Status{"SUCCESSFUL", "RUNNING", "PENDING"}, []string{"PENDING", "RUNNING", "SUCCESSFUL"}},
		{[]sdk.Status{}, []string{"PENDING", "running too", "RUNNING", "RESUMABLE", "CANCELED", "FAILED", "SUCCESSFUL"}},
	} {
		require.Equal(t, test.want, b.ids(t, sdk.ListOpts{Status: test.status}))
	}
	require.Nil(t, scan[[]string](t, b, `select array_agg(workflow_id) from weir.list('{}')`), "no status is none")
}

func TestH2ListRefusesBadFilters(t *testing.T) {
	t.Parallel()
	b := setup(t, incHandler)
	_, err := sdk.Run(b.ctx, b.client, inc.Call(1), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	for field, opts := range map[string]sdk.ListOpts{
		"status":        {Status: []sdk.Status{"RUNNING", "BOGUS"}},
		"status[1]":     {Status: []sdk.Status{"RUNNING", "\x00"}},
		"name":          {Name: "a\nb"},
		"id_prefix":     {IDPrefix: "a\x00"},
		"after":         {After: "w"},
		"page_size":     {PageSize: 1001},
		"metadata.nan":  {Metadata: map[string]any{"nan": math.NaN()}},
		"metadata.\xff": {Metadata: map[string]any{"\xff": 1}},
		"metadata":      {Metadata: map[string]any{"nul": "\x00"}},
	} {
		_, err := b.client.ListPage(b.ctx, opts)
		var refused *sdk.InputError
		require.ErrorAs(t, err, &refused, field)
		require.Equal(t, field, refused.Field)

		calls := 0
		for workflow, err := range b.client.List(b.ctx, opts) {
			calls++
			require.ErrorIs(t, err, sdk.ErrInput)
			require.Zero(t, workflow)
		}
		require.Equal(t, 1, calls)
	}
	for _, after := range []string{"-1", "1x", "1.5", " 1", strings.Repeat("9", 19), "\x00"} {
		_, err := b.client.ListPage(b.ctx, sdk.ListOpts{After: after})
		require.ErrorIs(t, err, sdk.ErrInput, after)
	}
	for _, pageSize := range []int{-1, 1001, math.MaxInt32} {
		_, err := b.client.ListPage(b.ctx, sdk.ListOpts{PageSize: pageSize})
		require.ErrorIs(t, err, sdk.ErrInput)
	}

	for sql, column := range map[string]string{
		`status => '{BOGUS}'`:            "status",
		`status => '{running}'`:          "status",
		`status => '{RUNNING,NULL}'`:     "status",
		`metadata => '[]'`:               "metadata",
		`metadata => 'null'`:             "metadata",
		`after => ''`:                    "after",
		`after => '1 or 1'`:              "after",
		`after => '9999999999999999999'`: "after",
		`page_size => 0`:                 "page_size",
		`page_size => 1001`:              "page_size",
		`page_size => null`:              "page_size",
	} {
		_, err := b.pool.Exec(b.ctx, `select * from weir.list(`+sql+`)`)
		var pgErr *pgconn.PgError
		require.ErrorAs(t, err, &pgErr, sql)
		require.Equal(t, "WF006", pgErr.Code, sql)
		require.Equal(t, column, pgErr.ColumnName, sql)
	}
}

// odd are beginnings of ids, some of which mean something to a pattern.
var odd = []string{"plain", "a%b", "a_b", "axb", `a\\b`, `a\`, "é", "%", "_"}

// many stores workflows that differ in all that a list can be filtered by.
func many(t *testing.T) *testBundle {
	t.Helper()
	f := newFlaky("flaky")
	b := setup(t, f.handler(), incHandler)
	for i := range 120 {
		opts := sdk.StartOpts{
			ID:       fmt.Sprint(odd[i%len(odd)], "-", i),
			Metadata: []map[string]any{nil, {"k": i % 3}, {"k": i % 3, "deep": map[string]any{"even": i%2 == 0, "n": i}}}[i%3],
		}
		name := []string{"inc", "flaky", "nobodys", "nobodys too"}[i%4]
		_, err := b.client.StartNamed(b.ctx, name, i, opts)
		require.NoError(t, err)
		if i%8 == 2 {
			require.NoError(t, b.client.Cancel(b.ctx, opts.ID, ""))
		}
	}
	for i := range 120 {
		if i%4 < 2 {
			_, err := sdk.Output[int](b.ctx, b.client, fmt.Sprint(odd[i%len(odd)], "-", i))
			require.Equal(t, i%4 == 1, err != nil)
		}
	}
	return b
}

func TestH3FilteredListIsTheFilteredFullList(t *testing.T) {
	t.Parallel()
	b := many(t)
	var all []sdk.Workflow
	for workflow, err := range b.client.List(b.ctx, sdk.ListOpts{}) {
		require.NoError(t, err)
		all = append(all, workflow)
	}
	require.Len(t, all, 120)
	require.True(t, slices.IsSortedFunc(all, func(a, b sdk.Workflow) int { return b.CreatedAt.Compare(a.CreatedAt) }))

	rapid.Check(t, func(t *rapid.T) {
		at := func(label string, of func(sdk.Workflow) time.Time) time.Time {
			if rapid.Bool().Draw(t, label) {
				return time.Time{}
			}
			return of(rapid.SampledFrom(all).Draw(t, label))
		}
		created := func(w sdk.Workflow) time.Time { return w.CreatedAt }
		finished := func(w sdk.Workflow) time.Time { return w.FinishedAt }
		opts := sdk.ListOpts{
			Status: rapid.SliceOfN(rapid.SampledFrom([]sdk.Status{
				sdk.StatusSuccessful, sdk.StatusFailed, sdk.StatusCanceled, sdk.StatusResumable, sdk.StatusRunning, sdk.StatusPending,
			}), 0, 3).Draw(t, "status"),
			Name:           rapid.SampledFrom([]string{"", "", "inc", "flaky", "nobodys", "unknown"}).Draw(t, "name"),
			Metadata:       rapid.SampledFrom([]map[string]any{nil, nil, {}, {"k": 1}, {"k": "1"}, {"deep": map[string]any{"even": true}}}).Draw(t, "metadata"),
			IDPrefix:       rapid.SampledFrom(append([]string{"", "", "a", "plain-1"}, odd...)).Draw(t, "prefix"),
			CreatedFrom:    at("created from", created),
			CreatedBefore:  at("created before", created),
			FinishedFrom:   at("finished from", finished),
			FinishedBefore: at("finished before", finished),
			PageSize:       rapid.SampledFrom([]int{0, 1, 7}).Draw(t, "page size"),
		}
		want := []string{}
		for _, workflow := range all {
			if passes(workflow, opts) {
				want = append(want, workflow.ID)
			}
		}
		require.Equal(t, want, b.list(t, opts))
	})
}

// passes is the filter in other words.
func passes(w sdk.Workflow, opts sdk.ListOpts) bool {
	within := func(at, from, before time.Time) bool {
		return (from.IsZero() || !at.IsZero() && !at.Before(from)) && (before.IsZero() || !at.IsZero() && at.Before(before))
	}
	metadata := string(w.Metadata)
	return (len(opts.Status) == 0 || slices.Contains(opts.Status, w.Status)) &&
		(opts.Name == "" || opts.Name == w.Name) &&
		(opts.Metadata["k"] == nil || opts.Metadata["k"] == 1 && strings.Contains(metadata, `"k": 1`)) &&
		(opts.Metadata["deep"] == nil || strings.Contains(metadata, `"even": true`)) &&
		strings.HasPrefix(w.ID, opts.IDPrefix) &&
		within(w.CreatedAt, opts.CreatedFrom, opts.CreatedBefore) &&
		within(w.FinishedAt, opts.FinishedFrom, opts.FinishedBefore)
}

func TestH3RangesOfTimeHaveTheirFirstAndNotTheirLast(t *testing.T) {
	t.Parallel()
	b := setup(t, incHandler)
	for _, id := range []string{"a", "b", "c"} {
		_, err := sdk.Run(b.ctx, b.client, inc.Call(1), sdk.StartOpts{ID: id})
		require.NoError(t, err)
	}
	page, err := b.client.ListPage(b.ctx, sdk.ListOpts{IDPrefix: "b"})
	require.NoError(t, err)
	created, finished := page.Workflows[0].CreatedAt, page.Workflows[0].FinishedAt
	require.Equal(t, []string{"c", "b"}, b.ids(t, sdk.ListOpts{CreatedFrom: created}))
	require.Equal(t, []string{"a"}, b.ids(t, sdk.ListOpts{CreatedBefore: created}))
	require.Equal(t, []string{"c", "b"}, b.ids(t, sdk.ListOpts{FinishedFrom: finished}))
	require.Equal(t, []string{"a"}, b.ids(t, sdk.ListOpts{FinishedBefore: finished}))
	require.Empty(t, b.ids(t, sdk.ListOpts{FinishedFrom: finished, FinishedBefore: finished}))
}

func TestH3ListIsStableWhileWorkflowsComeAndGo(t *testing.T) {
	t.Parallel()
	b := setup(t, incHandler)
	start := func(from, to int) (ids []string) {
		for i := from; i < to; i++ {
			_, err := sdk.Run(b.ctx, b.client, inc.Call(i), sdk.StartOpts{ID: fmt.Sprintf("w%02d", i)})
			require.NoError(t, err)
			ids = append([]string{fmt.Sprintf("w%02d", i)}, ids...)
		}
		return ids
	}
	want := start(0, 10)
	var got []string
	for workflow, err := range b.client.List(b.ctx, sdk.ListOpts{PageSize: 3}) {
		require.NoError(t, err)
		got = append(got, workflow.ID)
		if len(got) == 3 { // the last of its page, which is where the next one goes on
			require.NoError(t, b.client.Delete(b.ctx, workflow.ID))
			start(10, 15)
		}
	}
	require.Equal(t, want, got)

	page, err := b.client.ListPage(b.ctx, sdk.ListOpts{PageSize: 1000})
	require.NoError(t, err)
	require.Len(t, page.Workflows, 14)
	require.Empty(t, page.Next)
}

func TestH3ListFetchesNoFurtherThanItIsRead(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for i := range 4 {
		_, err := b.client.StartNamed(b.ctx, "nobodys", i, sdk.StartOpts{ID: fmt.Sprint("w", i)})
		require.NoError(t, err)
	}
	ctx, cancel := context.WithCancel(b.ctx)
	defer cancel()
	var got []string
	for workflow, err := range b.client.List(ctx, sdk.ListOpts{PageSize: 2}) {
		if err != nil {
			require.ErrorIs(t, err, context.Canceled)
			break
		}
		got = append(got, workflow.ID)
		cancel()
	}
	require.Equal(t, []string{"w3", "w2"}, got, "the page that was there")
	for workflow, err := range b.client.List(b.ctx, sdk.ListOpts{PageSize: 1}) {
		require.NoError(t, err)
		require.Equal(t, "w3", workflow.ID)
		break
	}
}
