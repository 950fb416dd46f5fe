package actors

import (
	"encoding/json"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
	"github.com/pgweir/weir/internal/testdb"
)

// A call that failed has the next one decode the state anew, which may take longer
// than the answers before it may wait. Found by the race detector alone.
func TestAnswersDontWaitForAStateThatIsDecoded(t *testing.T) {
	t.Parallel()
	s := newCounters()
	typ, armed := s.typ(), new(atomic.Bool)
	decode, decoding := typ.Decode, make(chan struct{})
	typ.Decode = func(state json.RawMessage) (any, error) {
		if armed.Load() {
			decoding <- struct{}{}
			<-decoding
		}
		return decode(state)
	}
	p := s.start(t, Config{Engine: engine.Config{Pool: testdb.New(t)}, Types: []Type{typ}})
	p.create(t, "x")
	_, err := p.CallActor(t.Context(), params("gate", 0))
	require.NoError(t, err)
	<-p.entered
	quick, err := p.CallActor(t.Context(), params("add", 1))
	require.NoError(t, err)
	_, err = p.CallActor(t.Context(), params("spoil", 0))
	require.NoError(t, err)
	last, err := p.CallActor(t.Context(), params("add", 1))
	require.NoError(t, err)

	armed.Store(true)
	close(p.open)
	<-decoding
	_, err = p.WaitCall(t.Context(), quick)
	require.NoError(t, err)
	armed.Store(false)
	decoding <- struct{}{}
	_, err = p.WaitCall(t.Context(), last)
	require.NoError(t, err)
	require.Equal(t, 2, p.get(t))
}
