package integration_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"
)

// The models say what actors reply that are asked one thing after the other. Of a
// call whose answer was lost the output is nil: it may have had any.
var (
	registerModel = porcupine.Model{
		Init: func() any { return register{} },
		Step: func(state, input, output any) (bool, any) {
			r, ask, got := state.(register), input.(request), output.(*reply)
			run := 0 // which execution counts isn't known until its value is read
			if got != nil {
				run = got.Run
			}
			switch ask.Do {
			case doRead:
				switch {
				case got == nil:
					return true, r
				case got.Value != r.Value || r.By != 0 && r.By != got.By:
					return false, r
				}
				return true, register{got.Value, got.By}
			case doWrite:
				return true, register{ask.To, run}
			}
			swaps := r.Value == ask.From
			if swaps {
				r = register{ask.To, run}
			}
			return got == nil || got.OK == swaps, r
		},
		DescribeOperation: describe,
	}

	setModel = porcupine.Model{
		Init: func() any { return []int(nil) },
		Step: func(state, input, output any) (bool, any) {
			members, ask, got := state.([]int), input.(request), output.(*reply)
			if ask.Do == doRead {
				return got == nil || slices.Equal(got.Members, members), members
			}
			at, member := slices.BinarySearch(members, ask.To)
			if !member {
				members = slices.Insert(slices.Clone(members), at, ask.To)
			}
			return got == nil || got.OK == !member, members
		},
		Equal:             func(a, b any) bool { return slices.Equal(a.([]int), b.([]int)) },
		DescribeOperation: describe,
	}
)

func describe(input, output any) string {
	ask, got := input.(request), output.(*reply)
	if got == nil {
		return fmt.Sprintf("%s %d %d: ?", ask.Do, ask.From, ask.To)
	}
	return fmt.Sprintf("%s %d %d: %+v", ask.Do, ask.From, ask.To, *got)
}

// during is an operation, by the times of its call and its return.
func during(call, end int64, ask request, got *reply) porcupine.Operation {
	return porcupine.Operation{Input: ask, Call: call, Output: got, Return: end}
}

func TestTheModelsRefuseWhatOneTurnAtATimeCantReply(t *testing.T) {
	t.Parallel()
	write := func(value int) request { return request{Do: doWrite, To: value} }
	swap := func(from, to int) request { return request{Do: doSwap, From: from, To: to} }
	add := func(member int) request { return request{Do: doAdd, To: member} }
	read := request{Do: doRead}
	done, was := &reply{OK: true}, func(value int) *reply { return &reply{Value: value} }
	has := func(members ...int) *reply { return &reply{Members: members} }

	for name, c := range map[string]struct {
		model   porcupine.Model
		history []porcupine.Operation
		want    porcupine.CheckResult
	}{
		"a lost update": {registerModel, []porcupine.Operation{
			during(1, 2, write(1), was(0)), during(3, 4, read, was(0)),
		}, porcupine.Illegal},
		"a double answer": {registerModel, []porcupine.Operation{
			during(1, 9, swap(0, 1), done), during(2, 8, swap(0, 2), done),
		}, porcupine.Illegal},
		"an update that comes back": {registerModel, []porcupine.Operation{
			during(1, 2, write(1), was(0)), during(3, 4, write(2), was(0)),
			during(5, 6, read, was(2)), during(7, 8, read, was(1)),
		}, porcupine.Illegal},
		"another execution than the one that was answered": {registerModel, []porcupine.Operation{
			during(1, 2, write(1), &reply{Run: 1}), during(3, 4, read, &reply{Value: 1, By: 2}),
		}, porcupine.Illegal},
		"two executions of an update without an answer": {registerModel, []porcupine.Operation{
			during(1, 9, write(1), nil), during(3, 4, read, &reply{Value: 1, By: 1}), during(5, 6, read, &reply{Value: 1, By: 2}),
		}, porcupine.Illegal},
		"one of two at once": {registerModel, []porcupine.Operation{
			during(1, 9, swap(0, 1), done), during(2, 8, swap(0, 2), was(0)), during(10, 11, read, was(1)),
		}, porcupine.Ok},
		"an update without an answer": {registerModel, []porcupine.Operation{
			during(1, 9, write(1), nil), during(2, 3, read, was(0)), during(4, 5, read, was(1)),
		}, porcupine.Ok},
		"an update without an answer, twice": {registerModel, []porcupine.Operation{
			during(1, 9, write(1), nil), during(2, 3, read, was(1)), during(4, 5, write(2), was(0)), during(6, 7, read, was(1)),
		}, porcupine.Illegal},
		"a member lost": {setModel, []porcupine.Operation{
			during(1, 9, add(1), done), during(2, 8, add(2), done), during(10, 11, read, has(2)),
		}, porcupine.Illegal},
		"a member added twice": {setModel, []porcupine.Operation{
			during(1, 2, add(1), done), during(3, 4, add(1), done),
		}, porcupine.Illegal},
		"a member without an answer": {setModel, []porcupine.Operation{
			during(1, 9, add(1), nil), during(2, 3, add(2), done), during(4, 5, read, has(2)), during(6, 9, read, has(1, 2)),
		}, porcupine.Ok},
	} {
		require.Equal(t, c.want, porcupine.CheckOperationsTimeout(c.model, c.history, patience), name)
	}
}
