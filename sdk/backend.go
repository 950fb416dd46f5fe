package sdk

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"

	"github.com/pgweir/weir/actors"
	"github.com/pgweir/weir/engine"
)

// backend is what a Client needs of the engine.
type backend interface {
	Start(ctx context.Context) error
	Stop(ctx context.Context) error

	StartWorkflow(ctx context.Context, params engine.StartParams) (engine.Started, error)
	StartWorkflowTx(ctx context.Context, tx pgx.Tx, params engine.StartParams) (engine.Started, error)
	StartWorkflows(ctx context.Context, params []engine.StartParams) ([]engine.Started, error)
	Wait(ctx context.Context, id string) (engine.Outcome, error)
	WaitStarted(ctx context.Context, started engine.Started) (engine.Outcome, error)
	WaitStep(ctx context.Context, id, step string) (engine.Outcome, error)
	Outcome(ctx context.Context, id string) (outcome engine.Outcome, ended bool, err error)
	StepOutcome(ctx context.Context, id, step string) (outcome engine.Outcome, ended bool, err error)

	Cancel(ctx context.Context, id, reason string) error
	CancelTx(ctx context.Context, tx pgx.Tx, id, reason string) error
	Resume(ctx context.Context, id string) (engine.Status, error)
	ResumeTx(ctx context.Context, tx pgx.Tx, id string) (engine.Status, error)
	ResumeAll(ctx context.Context, includeFailed bool) ([]engine.Resumed, error)
	ResumeAllTx(ctx context.Context, tx pgx.Tx, includeFailed bool) ([]engine.Resumed, error)
	SetRunningLimit(ctx context.Context, limit engine.RunningLimit) error
	SetRunningLimitTx(ctx context.Context, tx pgx.Tx, limit engine.RunningLimit) error
	SendEvent(ctx context.Context, id string, event engine.Event) (accepted bool, err error)
	SendEventTx(ctx context.Context, tx pgx.Tx, id string, event engine.Event) (accepted bool, err error)
	Delete(ctx context.Context, id string) error
	DeleteTx(ctx context.Context, tx pgx.Tx, id string) error
	Status(ctx context.Context, id string) (engine.Status, error)
	List(ctx context.Context, params engine.ListParams) (engine.ListPage, error)
	Metadata(ctx context.Context, id string) (engine.Metadata, error)
	StepMetadata(ctx context.Context, id, step string) (engine.StepMetadata, error)
	CreateActor(ctx context.Context, params actors.CreateParams) (actors.Actor, error)
	CreateActorTx(ctx context.Context, tx pgx.Tx, params actors.CreateParams) (actors.Actor, error)
	FindActor(ctx context.Context, typ, id string) (actors.Actor, error)
	WaitReady(ctx context.Context, actor actors.Actor) error
	CallActor(ctx context.Context, params actors.CallParams) (actors.Called, error)
	CallActorTx(ctx context.Context, tx pgx.Tx, params actors.CallParams) (actors.Called, error)
	RunCall(ctx context.Context, params actors.CallParams) (json.RawMessage, error)
	WaitCall(ctx context.Context, called actors.Called) (json.RawMessage, error)
	QueryActor(ctx context.Context, typ, id, query string, args json.RawMessage) (json.RawMessage, error)
	ListActors(ctx context.Context, typ, after string, limit int) ([]actors.Listed, error)
	SetActorState(ctx context.Context, typ, id string, state json.RawMessage, expected int64, reason string) (version int64, err error)
	ResumeActor(ctx context.Context, typ, id string) error
	Remind(ctx context.Context, params actors.RemindParams) error
	RemindTx(ctx context.Context, tx pgx.Tx, params actors.RemindParams) error
	Forget(ctx context.Context, typ, id, name string) (bool, error)
	ForgetTx(ctx context.Context, tx pgx.Tx, typ, id, name string) (bool, error)
	Reminders(ctx context.Context, typ, id string) ([]actors.Reminder, error)
	DeleteActor(ctx context.Context, typ, id string) error
	DeleteActorTx(ctx context.Context, tx pgx.Tx, typ, id string) error
	Check(ctx context.Context) ([]engine.Violation, error)
}
