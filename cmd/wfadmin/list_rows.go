package main

import (
	"iter"

	"github.com/pgweir/weir/cmd/wfadmin/internal/show"
	"github.com/pgweir/weir/sdk"
)

// allRows are the rows of workflows, as they come.
func allRows(workflows iter.Seq2[sdk.Workflow, error]) iter.Seq2[show.Row, error] {
	return func(yield func(show.Row, error) bool) {
		for workflow, err := range workflows {
			if !yield(workflowRow(workflow, ""), err) {
				return
			}
		}
	}
}

// pageRows are the rows of a page. The last one has the cursor of the next page.
func pageRows(page sdk.ListPage) iter.Seq2[show.Row, error] {
	return func(yield func(show.Row, error) bool) {
		for i, workflow := range page.Workflows {
			cursor := ""
			if i == len(page.Workflows)-1 {
				cursor = page.Next
			}
			if !yield(workflowRow(workflow, cursor), nil) {
				return
			}
		}
	}
}

// workflowRow has the columns of weir.list.
func workflowRow(w sdk.Workflow, cursor string) show.Row {
	var failedStep, failure any
	if w.Error != nil {
		failedStep, failure = w.Error.Step, (*stepFailure)(w.Error)
	}
	return show.Row{
		{Name: "workflow_id", Value: w.ID},
		{Name: "name", Value: orNil(w.Name)},
		{Name: "status", Value: string(w.Status)},
		{Name: "metadata", Value: w.Metadata},
		{Name: "steps", Value: w.Steps},
		{Name: "created_at", Value: w.CreatedAt},
		{Name: "started_at", Value: orNil(w.StartedAt)},
		{Name: "finished_at", Value: orNil(w.FinishedAt)},
		{Name: "failed_step", Value: failedStep},
		{Name: "error", Value: failure},
		{Name: "cancel_reason", Value: orNil(w.CancelReason)},
		{Name: "cursor", Value: orNil(cursor)},
	}
}
