package engine

import (
	"encoding/json"
	"errors"
)

// OnExisting says what a start does if there is a workflow of that id. The
// stored graph and metadata stay as they are in any case.
type OnExisting int

const (
	// OnExistingResume resumes what is failed or cancelled, and
	// attaches to the rest.
	OnExistingResume OnExisting = iota

	// OnExistingAttach attaches and never resumes.
	OnExistingAttach

	// OnExistingReject is ErrExists.
	OnExistingReject
)

// String is the name of the setting in SQL.
func (o OnExisting) String() string {
	return [...]string{"resume", "attach", "reject"}[o]
}

// StartParams is one workflow to start.
type StartParams struct {
	// ID is the workflow's, unique in the database.
	ID string

	// Name is the registered name it is started by, or empty.
	Name string

	// Graph is what it runs.
	Graph Graph

	// Metadata is the user's own: a JSON object, or nil.
	Metadata json.RawMessage

	// OnExisting says what happens if the ID is taken.
	OnExisting OnExisting
}

// Started is what a start found or made.
type Started struct {
	// Key is the workflow's key in the tables.
	Key int64

	// ID is the one asked for.
	ID string

	// Status is the workflow's when the start was done.
	Status Status

	// Created is false if the workflow was there before.
	Created bool

	// SameGraph is false if the stored graph differs from the one given.
	SameGraph bool
}

// Validate refuses what can't be started: the error joins an *InputError for
// each mistake in the params and their graph.
func (p *StartParams) Validate(limits Limits) error {
	limits = limits.WithDefaults()
	errs := []error{CheckText("id", p.ID)}
	if p.Name != "" {
		errs = append(errs, CheckName(p.Name))
	}
	if p.OnExisting < OnExistingResume || p.OnExisting > OnExistingReject {
		errs = append(errs, badInput("on_existing", "%d is unknown", p.OnExisting))
	}
	errs = append(errs, CheckObject("metadata", p.Metadata, limits), p.Graph.Validate(limits))
	return errors.Join(errs...)
}

// CheckName refuses what no workflow can be started by.
func CheckName(name string) error { return checkFunctionName("name", name) }
