package integration_test

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgweir/weir/examples/bank"
	"github.com/pgweir/weir/sdk"
)

// envWorker makes the test binary a worker process, with a workerConfig.
const envWorker = "WEIR_INTEGRATION_WORKER"

type workerConfig struct {
	URL            string
	Slots          int           // how many steps it runs at once; 0 = 30
	SoftStop       time.Duration // 0 = 10 s
	HardStop       time.Duration // after which its Stop gives up; 0 = while a test still waits for it
	Callers        int           // goroutines that start a workflow and wait for it, again and again
	ManualRecovery bool          // what it holds when it is killed is left to a resume
	Crowd          int           // goroutines that create and call the same actor once a gate opens
	Writer         int           // the number of a scribe's writer and reader; 0 = none
}

// How a process ends.
const (
	exitComplaint = 1 // something went wrong, or its Stop gave up
	exitPoison    = 3 // a task has told it to
)

// worker is what the bodies of a worker process share.
type worker struct {
	out   sync.Mutex
	mu    sync.Mutex
	gates map[string]chan struct{}

	client *sdk.Client // set before anything runs
}

// workerMain works until SIGTERM, or until its standard input ends: with its
// parent.
func workerMain(text string) int {
	var config workerConfig
	if err := json.Unmarshal([]byte(text), &config); err != nil {
		return complain(err)
	}
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	pool, err := smallPool(config.URL)
	if err != nil {
		return complain(err)
	}
	defer pool.Close()

	w := &worker{gates: make(map[string]chan struct{})}
	client, err := sdk.New(sdk.Config{
		Pool:           pool,
		Handlers:       slices.Concat(w.handlers(), w.actorHandlers(), w.crowdHandlers(), linearHandlers(), bank.Handlers),
		Queues:         map[string]int{"default": cmp.Or(config.Slots, 30)},
		SoftStop:       config.SoftStop,
		Logger:         slog.New(slog.NewTextHandler(os.Stderr, nil)),
		ManualRecovery: config.ManualRecovery,
	})
	if err != nil {
		return complain(err)
	}
	w.client = client
	go w.listen()
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		return complain(err)
	}
	awaitScribe, err := w.startScribe(ctx, config.Writer)
	if err != nil {
		return complain(err)
	}
	w.tell(event{Kind: up})
	for caller := range config.Callers {
		go keepStarting(ctx, client, caller)
	}
	if err := w.crowd(ctx, config.Crowd); err != nil {
		return complain(err)
	}

	<-ctx.Done()
	awaitScribe()
	stopping, giveUp := context.WithTimeout(context.Background(), cmp.Or(config.HardStop, patience/2))
	defer giveUp()
	if err := client.Stop(stopping); err != nil {
		return complain(err)
	}
	w.tell(event{Kind: left})
	return 0
}

// keepStarting starts workflows of its own, one when the one before has ended.
func keepStarting(ctx context.Context, client *sdk.Client, caller int) {
	for n := 0; ctx.Err() == nil; n++ {
		root := node(work, "second", task{Value: 1, LingerMS: 10}, node(work, "first", task{Value: 1, LingerMS: 5}))
		_, _ = sdk.Run(ctx, client, root, sdk.StartOpts{ID: fmt.Sprintf("own-%d-%d", caller, n)}) // the test looks at the rows
	}
}

func complain(err error) int {
	fmt.Fprintln(os.Stderr, "process:", err)
	return exitComplaint
}

// connected returns a client that runs nothing.
func connected(url string) (*sdk.Client, *pgxpool.Pool, error) {
	pool, err := smallPool(url)
	if err != nil {
		return nil, nil, err
	}
	client, err := sdk.New(sdk.Config{Pool: pool})
	return client, pool, err
}

// smallPool leaves connections for the processes of other tests.
func smallPool(url string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	config.MaxConns = 10
	return pgxpool.NewWithConfig(context.Background(), config)
}

// listen opens the gates that the parent names, a line each.
func (w *worker) listen() {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		close(w.gate(lines.Text()))
	}
	os.Exit(0) // the parent is gone
}

func (w *worker) gate(name string) chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.gates[name] == nil {
		w.gates[name] = make(chan struct{})
	}
	return w.gates[name]
}

// tell writes an event to the ledger.
func (w *worker) tell(e event) {
	e.PID, e.At = os.Getpid(), time.Now()
	line, _ := json.Marshal(e) // numbers and strings only

	w.out.Lock()
	defer w.out.Unlock()
	fmt.Fprintln(os.Stdout, string(line))
}

func (w *worker) handlers() []sdk.Handler {
	return []sdk.Handler{
		work.Do(w.perform),
		workTx.DoTx(w.performTx),
		unfold.Continue(func(ctx context.Context, do task, inputs []result) (sdk.Ref[result], error) {
			got, err := w.perform(ctx, do, inputs)
			if err != nil {
				return sdk.Ref[result]{}, err
			}
			return continuation(do, got.Attempt), nil
		}),
		descend.Continue(w.descend),
		incoming.Do(mailbox{w}),
		caught.Do(func(_ context.Context, outcome sdk.Result[result]) (string, error) {
			if _, err := outcome.Get(); !errors.Is(err, sdk.ErrLost) {
				return "", sdk.Permanent(fmt.Errorf("caught %w", err))
			}
			return "caught", nil
		}),
	}
}

// performTx leaves a row behind, and so shows which transaction was committed.
func (w *worker) performTx(ctx context.Context, tx pgx.Tx, do task, inputs []result) (result, error) {
	info, _ := sdk.Info(ctx)
	_, err := tx.Exec(ctx, "insert into public.wrote (workflow, step, attempt, pid) values ($1, $2, $3, $4)",
		info.WorkflowID, info.Step, info.Attempt, os.Getpid())
	if err != nil {
		return result{}, err
	}
	w.tell(event{Kind: wrote, Workflow: info.WorkflowID, Step: info.Step, Attempt: info.Attempt})
	return w.perform(ctx, do, inputs)
}

// perform does what a task says.
func (w *worker) perform(ctx context.Context, do task, inputs []result) (result, error) {
	info, _ := sdk.Info(ctx)
	tell := func(k kind, detail string) {
		w.tell(event{Kind: k, Workflow: info.WorkflowID, Step: info.Step, Attempt: info.Attempt, Detail: detail})
	}

	tell(began, "")
	if do.Exit {
		os.Exit(exitPoison)
	}
	linger(ctx, do.LingerMS)
	if do.Gate != "" && info.Attempt == 1 {
		tell(waits, "")
		select {
		case <-w.gate(do.Gate):
		case <-ctx.Done():
			tell(cancelled, causeOf(ctx))
			if !do.Deaf {
				return result{}, context.Cause(ctx)
			}
			<-w.gate(do.Gate)
		}
	}
	tell(ended, "")
	if do.FailFirst && info.Attempt == 1 {
		return result{}, errors.New("the first attempt fails")
	}
	return newResult(info, do, inputs), nil
}

// What a body sees as the cause of the end of its context.
const (
	causeLost     = "ErrLost"
	causeCanceled = "ErrCanceled"
)

func causeOf(ctx context.Context) string {
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, sdk.ErrLost):
		return causeLost
	case errors.Is(cause, sdk.ErrCanceled):
		return causeCanceled
	default:
		return cause.Error()
	}
}

func linger(ctx context.Context, milliseconds int) {
	if milliseconds == 0 {
		return
	}
	timer := time.NewTimer(time.Duration(milliseconds) * time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

func newResult(info sdk.StepInfo, do task, inputs []result) result {
	r := result{
		Value:   do.Value,
		Token:   strings.Join([]string{info.Step, uuid.NewString()}, " "),
		Attempt: info.Attempt,
		PID:     os.Getpid(),
	}
	for _, input := range inputs {
		r.Value += input.Value
		r.Seen = append(r.Seen, input.Token)
	}
	return r
}
