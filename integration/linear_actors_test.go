package integration_test

import (
	"context"
	"math/rand/v2"
	"slices"

	"github.com/pgweir/weir/sdk"
)

// request is what an actor of these tests is asked, and tells which method.
type request struct {
	ID    string
	Actor string
	Do    string
	From  int `json:",omitempty"` // what a swap expects
	To    int `json:",omitempty"` // what is written, or added
}

const (
	doRead  = "read"
	doWrite = "write"
	doSwap  = "swap" // compare and swap
	doAdd   = "add"
	doPeek  = "peek" // a query
)

// reply is what it says. Run is another one in each execution, so replies tell which
// execution of a call counts.
type reply struct {
	Run     int
	OK      bool  `json:",omitempty"` // a swap was done, a member is new
	Value   int   `json:",omitempty"` // what was read
	By      int   `json:",omitempty"` // the execution that wrote it
	Members []int `json:",omitempty"`
}

// register is a value that can be swapped, and the execution that wrote it.
type register struct{ Value, By int }

// set has its members in order.
type set struct{ Members []int }

var (
	registers = sdk.Actor[register, int]{Type: "Register"}
	sets      = sdk.Actor[set, int]{Type: "Set"}
	peek      = sdk.Query[register, request, reply]{Actor: "Register", Name: doPeek}
)

func onRegister(do string) sdk.Method[register, request, reply] {
	return sdk.Method[register, request, reply]{Actor: registers.Type, Name: do}
}

func onSet(do string) sdk.Method[set, request, reply] {
	return sdk.Method[set, request, reply]{Actor: sets.Type, Name: do}
}

// bodyMS is how long a method takes, so that faults meet some in the middle.
const bodyMS = 20

// execute returns the reply of another execution.
func execute(ctx context.Context) reply {
	linger(ctx, bodyMS)
	return reply{Run: 1 + rand.IntN(1<<50)}
}

func (r *register) read(ctx context.Context, _ request) (reply, error) {
	got := execute(ctx)
	got.Value, got.By = r.Value, r.By
	return got, nil
}

func (r *register) write(ctx context.Context, ask request) (reply, error) {
	got := execute(ctx)
	r.Value, r.By = ask.To, got.Run
	return got, nil
}

func (r *register) swap(ctx context.Context, ask request) (reply, error) {
	got := execute(ctx)
	if got.OK = r.Value == ask.From; got.OK {
		r.Value, r.By = ask.To, got.Run
	}
	return got, nil
}

func (r register) peek(context.Context, request) (reply, error) {
	return reply{Value: r.Value, By: r.By}, nil
}

func (s *set) read(ctx context.Context, _ request) (reply, error) {
	got := execute(ctx)
	got.Members = s.Members
	return got, nil
}

func (s *set) add(ctx context.Context, ask request) (reply, error) {
	got := execute(ctx)
	at, member := slices.BinarySearch(s.Members, ask.To)
	if !member {
		s.Members = slices.Insert(s.Members, at, ask.To)
	}
	got.OK = !member
	return got, nil
}

func linearHandlers() []sdk.Handler {
	return []sdk.Handler{
		registers.Do(func(_ context.Context, value int) (*register, error) { return &register{Value: value}, nil }),
		onRegister(doRead).Do((*register).read),
		onRegister(doWrite).Do((*register).write),
		onRegister(doSwap).Do((*register).swap),
		peek.Do(register.peek),
		sets.Do(func(context.Context, int) (*set, error) { return &set{}, nil }),
		onSet(doRead).Do((*set).read),
		onSet(doAdd).Do((*set).add),
	}
}
