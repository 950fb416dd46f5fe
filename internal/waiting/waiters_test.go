package waiting

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pgweir/weir/internal/outage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const first = 20 * time.Millisecond

// asking is a database that has values: by owner, and by key.
type asking struct {
	values map[int64]map[string]int
	asked  [][]string // the keys of each call
	fails  int        // how many calls will
}

func (a *asking) ask(_ context.Context, owners []int64, keys []string, tell func(int64, string, int)) error {
	a.asked = append(a.asked, keys)
	if a.fails > 0 {
		a.fails--
		return errors.New("no answer")
	}
	for i, owner := range owners {
		if value, known := a.values[owner][keys[i]]; known {
			tell(owner, keys[i], value)
		}
	}
	return nil
}

// run gives a test waiters in a bubble of its own, whose time goes by when all wait.
func run(t *testing.T, test func(*testing.T, *Waiters[string, int], *asking)) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := &asking{values: make(map[int64]map[string]int)}
		s := New(a.ask, first, outage.Log{Logger: slog.New(slog.DiscardHandler), Service: "test"})
		test(t, s, a)
		s.Close()
		require.Empty(t, s.waiting, "who has gone is forgotten")
	})
}

func TestWhoWaitsIsToldWithoutAsking(t *testing.T) {
	run(t, func(t *testing.T, s *Waiters[string, int], a *asking) {
		one, two := s.Add(1, "a", first), s.Add(1, "a", first)
		other := s.Add(1, "b", time.Hour)
		s.Tell(2, "a", 5) // of another owner
		s.Tell(1, "a", 7) // before anybody awaits it
		for _, w := range []*Waiter[string, int]{one, two} {
			got, err := s.Await(t.Context(), w)
			require.NoError(t, err)
			require.Equal(t, 7, got)
		}
		require.Empty(t, a.asked)
		s.Tell(1, "b", 8)
		got, err := s.Await(t.Context(), other)
		require.NoError(t, err)
		require.Equal(t, 8, got)
	})
}

func TestAllWhoseTimeHasComeAreAskedForInOneCallEachOnce(t *testing.T) {
	run(t, func(t *testing.T, s *Waiters[string, int], a *asking) {
		a.values[1] = map[string]int{"a": 7}
		a.values[2] = map[string]int{"b": 8}
		began := time.Now()
		waiters := []*Waiter[string, int]{s.Add(1, "a", first), s.Add(1, "a", first), s.Add(2, "b", first)}
		for i, want := range []int{7, 7, 8} {
			got, err := s.Await(t.Context(), waiters[i])
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
		require.Equal(t, first, time.Since(began))
		require.Len(t, a.asked, 1)
		require.ElementsMatch(t, []string{"a", "b"}, a.asked[0])
	})
}

func TestWhatIsNotThereIsAskedForLessAndLessOften(t *testing.T) {
	run(t, func(t *testing.T, s *Waiters[string, int], a *asking) {
		ctx, cancel := context.WithTimeoutCause(t.Context(), 10*time.Second, errors.New("enough"))
		defer cancel()
		_, err := s.Await(ctx, s.Add(1, "a", 0))
		require.EqualError(t, err, "enough")
		// 0, 20, 60, 140, 300, 620 ms and then every 500.
		require.InDelta(t, 6+9.38/0.5, len(a.asked), 1)
	})
}

func TestAFaultIsTriedAgain(t *testing.T) {
	run(t, func(t *testing.T, s *Waiters[string, int], a *asking) {
		a.fails = 2
		a.values[1] = map[string]int{"a": 7}
		got, err := s.Await(t.Context(), s.Add(1, "a", first))
		require.NoError(t, err)
		require.Equal(t, 7, got)
		require.Len(t, a.asked, 3)
	})
}

func TestPokeHasAnOwnersValuesAskedForNow(t *testing.T) {
	run(t, func(t *testing.T, s *Waiters[string, int], a *asking) {
		a.values[1] = map[string]int{"a": 7}
		began := time.Now()
		w := s.Add(1, "a", time.Hour)
		other := s.Add(2, "b", time.Hour)
		synctest.Wait() // the poll looks an hour ahead, or for others
		s.Poke(1)
		got, err := s.Await(t.Context(), w)
		require.NoError(t, err)
		require.Equal(t, 7, got)
		require.Zero(t, time.Since(began))
		require.Equal(t, [][]string{{"a"}}, a.asked, "others' time has not come")
		s.Tell(2, "b", 8)
		_, err = s.Await(t.Context(), other)
		require.NoError(t, err)
	})
}

func TestOneWhoseTimeComesSoonerDoesNotWaitForTheOthers(t *testing.T) {
	run(t, func(t *testing.T, s *Waiters[string, int], a *asking) {
		a.values[2] = map[string]int{"b": 8}
		late := s.Add(1, "a", time.Hour)
		synctest.Wait()
		began := time.Now()
		_, err := s.Await(t.Context(), s.Add(2, "b", 15*time.Millisecond))
		require.NoError(t, err)
		require.Equal(t, 15*time.Millisecond, time.Since(began))
		s.Tell(1, "a", 7)
		_, err = s.Await(t.Context(), late)
		require.NoError(t, err)
	})
}

func TestCloseEndsAllWaitsAndThoseThatCome(t *testing.T) {
	run(t, func(t *testing.T, s *Waiters[string, int], a *asking) {
		errs := make(chan error)
		for range 3 {
			go func() {
				_, err := s.Await(t.Context(), s.Add(1, "a", time.Hour))
				errs <- err
			}()
		}
		synctest.Wait()
		s.Close()
		for range 3 {
			require.ErrorIs(t, <-errs, ErrClosed)
		}
		_, err := s.Await(t.Context(), s.Add(1, "a", 0))
		require.ErrorIs(t, err, ErrClosed)
	})
}

func TestThePollEndsWithTheLastWaiterAndBeginsAgain(t *testing.T) {
	run(t, func(t *testing.T, s *Waiters[string, int], a *asking) {
		a.values[1] = map[string]int{"a": 7}
		for range 2 {
			_, err := s.Await(t.Context(), s.Add(1, "a", first))
			require.NoError(t, err)
			time.Sleep(2 * most) // in the bubble: until the poll has looked
			s.mu.Lock()
			require.False(t, s.polling)
			s.mu.Unlock()
		}
	})
}
