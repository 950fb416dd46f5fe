package integration_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"

	"github.com/pgweir/weir/sdk"
)

// The actors that scribes call: few, so that there is always a turn to disturb.
const (
	registerID = "register"
	setID      = "set"
)

const (
	writerPauseMS = 5
	readerPauseMS = 20
)

// scribe calls actors, and tells of each call before it is made and once it is
// answered. A call that isn't answered may have been made, and may yet be.
type scribe struct {
	tell     func(event)
	told     atomic.Int64
	register sdk.ActorRef[register]
	set      sdk.ActorRef[set]
	busy     sync.WaitGroup
}

func newScribe(ctx context.Context, client *sdk.Client, tell func(event)) (*scribe, error) {
	r, err := registers.GetOrCreate(ctx, client, registerID, 0)
	if err != nil {
		return nil, err
	}
	s, err := sets.GetOrCreate(ctx, client, setID, 0)
	if err != nil {
		return nil, err
	}
	return &scribe{tell: tell, register: r, set: s}, nil
}

// startScribe has a writer and a reader call until ctx ends, if they have a number,
// and returns what waits for their last calls.
func (w *worker) startScribe(ctx context.Context, number int) (wait func(), err error) {
	if number == 0 {
		return func() {}, nil
	}
	s, err := newScribe(ctx, w.client, w.tell)
	if err != nil {
		return nil, err
	}
	s.work(ctx, number)
	s.watch(ctx, number)
	return s.busy.Wait, nil
}

// work has a writer call until ctx ends. Its last call is waited for.
func (s *scribe) work(ctx context.Context, writer int) {
	s.busy.Go(func() {
		for seen := 0; ctx.Err() == nil; linger(ctx, writerPauseMS) {
			ask := s.draw(seen)
			if got, ok := s.do(ctx, writer, ask); ok && ask.Actor == registerID && ask.Do == doRead {
				seen = got.Value
			}
		}
	})
}

// watch has a reader query until ctx ends.
func (s *scribe) watch(ctx context.Context, reader int) {
	s.busy.Go(func() {
		for ; ctx.Err() == nil; linger(ctx, readerPauseMS) {
			s.do(ctx, reader, request{Actor: registerID, Do: doPeek})
		}
	})
}

// draw returns what to ask next, of a writer that has seen a value in the register.
// Nothing is written or added twice.
func (s *scribe) draw(seen int) request {
	fresh := os.Getpid()*100_000 + int(s.told.Add(1))
	asks := []request{
		{Actor: registerID, Do: doRead},
		{Actor: registerID, Do: doWrite, To: fresh},
		{Actor: registerID, Do: doSwap, From: seen, To: fresh},
		{Actor: setID, Do: doRead},
		{Actor: setID, Do: doAdd, To: fresh},
		{Actor: setID, Do: doAdd, To: fresh},
	}
	return asks[rand.IntN(len(asks))]
}

// do reports whether there was an answer.
func (s *scribe) do(ctx context.Context, client int, ask request) (reply, bool) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	ask.ID = fmt.Sprintf("%d-%d", os.Getpid(), s.told.Add(1))
	tell := func(k kind, what any) {
		text, _ := json.Marshal(what) // numbers and strings only
		s.tell(event{Kind: k, Workflow: ask.ID, Step: ask.Actor, Attempt: client, Detail: string(text)})
	}
	tell(asked, ask)
	got, err := s.call(ctx, ask)
	if err != nil {
		return reply{}, false
	}
	tell(answered, got)
	return got, true
}

func (s *scribe) call(ctx context.Context, ask request) (reply, error) {
	switch {
	case ask.Do == doPeek:
		return peek.Run(ctx, s.register, ask)
	case ask.Actor == setID:
		return onSet(ask.Do).Run(ctx, s.set, ask)
	}
	return onRegister(ask.Do).Run(ctx, s.register, ask)
}
