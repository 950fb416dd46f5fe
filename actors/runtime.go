package actors

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/pgweir/weir/engine"
	"github.com/pgweir/weir/internal/batch"
	"github.com/pgweir/weir/internal/outage"
	"github.com/pgweir/weir/internal/waiting"
)

// Config is the configuration of a Runtime.
type Config struct {
	// Engine is that of the engine that hosts the actors. Its Turns are set here.
	Engine engine.Config

	// Types are what this process can run.
	Types []Type
}

// Runtime creates, calls, runs and steers actors, and is the engine that hosts
// them. It may be used by many goroutines at once.
type Runtime struct {
	*engine.Engine
	config engine.Config
	types  map[string]*Type

	creating *batch.Committer[createItem]
	calling  *batch.Committer[callItem]
	waiters  *waiting.Waiters[int64, Outcome] // by actor and number of the call
	asking   *waiting.Waiters[struct{}, told] // by the job that brings a query to a worker
	slots    slots
	running  running
	crews    crews

	reconciler *reconciler
}

const (
	batchLimit   = 200
	batchFlights = 2

	// callTimeout bounds a single call to the database that no caller's context does.
	callTimeout = 10 * time.Second

	waitFirst      = 5 * time.Millisecond
	waitFirstLocal = 50 * time.Millisecond // most answers are this process's own
)

// New returns a runtime with its engine. Errors: *engine.InputError.
func New(config Config) (*Runtime, error) {
	r := &Runtime{config: config.Engine.WithDefaults(), types: make(map[string]*Type)}
	for i := range config.Types {
		t := &config.Types[i]
		if err := CheckType(t.Name); err != nil {
			return nil, err
		}
		if r.types[t.Name] != nil {
			return nil, badInput("types", "%q is there twice", t.Name)
		}
		for method := range t.Methods {
			if err := CheckMethod(method); err != nil {
				return nil, fmt.Errorf("type %q: %w", t.Name, err)
			}
		}
		for query := range t.Queries {
			if err := CheckQuery(query); err != nil {
				return nil, fmt.Errorf("type %q: %w", t.Name, err)
			}
		}
		r.types[t.Name] = t
	}
	r.config.Turns = r
	var err error
	if r.Engine, err = engine.New(r.config); err != nil {
		return nil, err
	}

	first := waitFirst
	if len(r.Functions()) > 0 {
		first = waitFirstLocal
	}
	r.waiters = waiting.New(r.askOutcomes, first, outage.Log{Logger: r.config.Logger, Service: "actors: asking for answers"})
	r.asking = waiting.New(r.askAnswers, waitFirst, outage.Log{Logger: r.config.Logger, Service: "actors: asking for results of queries"})
	r.slots.free = maps.Clone(r.config.Queues)
	r.creating = &batch.Committer[createItem]{Limit: batchLimit, Flights: batchFlights, Size: (*createItem).size, Call: r.createAll}
	r.calling = &batch.Committer[callItem]{Limit: batchLimit, Flights: batchFlights, Size: (*callItem).size, Call: r.enqueueAll}
	r.reconciler = newReconciler(r)
	return r, nil
}

// Functions are the names by which workers know what this process can run.
func (r *Runtime) Functions() (names []string) {
	for _, t := range r.types {
		names = append(names, t.functions()...)
	}
	slices.Sort(names)
	return names
}

// Start starts the engine, and with it the turns of actors.
func (r *Runtime) Start(ctx context.Context) error {
	if err := r.Engine.Start(ctx); err != nil {
		return err
	}
	if len(r.Functions()) > 0 {
		r.reconciler.start()
	}
	return nil
}

// Stop stops the engine. Turns commit what they have done and give back the rest.
// Whoever waits gets engine.ErrClosed.
func (r *Runtime) Stop(ctx context.Context) error {
	r.reconciler.stop()
	err := r.Engine.Stop(ctx)
	r.waiters.Close()
	r.asking.Close()
	return err
}

// slots are those of turns that begin with a call, by queue.
type slots struct {
	mu   sync.Mutex
	free map[string]int
}

func (s *slots) take(queue string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()

	if s.free[queue] == 0 {
		return false
	}
	s.free[queue]--
	return true
}

func (s *slots) giveBack(queue string) {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.free[queue]++
}

const queueDefault = "default"

// queueOf is the queue of a type's actors.
func (t *Type) queueOf() string { return cmp.Or(t.Queue, queueDefault) }
