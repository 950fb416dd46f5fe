package sdk

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNewRefusesHandlers(t *testing.T) {
	t.Parallel()
	one := func(context.Context, int) (int, error) { return 0, nil }
	for name, test := range map[string]struct {
		config Config
		want   string
	}{
		"nil function": {
			Config{Handlers: []Handler{inc.Do(nil)}},
			`handlers[0]: "inc": the function is nil`,
		},
		"nil transactional function": {
			Config{Handlers: []Handler{inc.Do(one), add.DoTx(nil)}},
			`handlers[1]: "add": the function is nil`,
		},
		"nil continuation": {
			Config{Handlers: []Handler{Step3[int, int, int, int]{Name: "f"}.Continue(nil)}},
			`handlers[0]: "f": the function is nil`,
		},
		"doubled": {
			Config{Handlers: []Handler{inc.Do(one), fail.Do(func(context.Context, string) (int, error) { return 0, nil }), inc.Do(one)}},
			`handlers[2]: "inc" is implemented by handlers[0], too`,
		},
		"nil graph": {
			Config{Handlers: []Handler{sumTo.Build(nil), Define[int, int]("f", nil).Handler()}},
			`handlers[0]: "sum_to": the function is nil` + "\n" + `handlers[1]: "f": the function is nil`,
		},
		"step and graph of one name": {
			Config{Handlers: []Handler{inc.Do(one), Define("inc", inc.Call).Handler()}},
			`handlers[1]: "inc" is implemented by handlers[0], too`,
		},
		"graph without a name": {
			Config{Handlers: []Handler{Define("", inc.Call).Handler()}},
			`handlers[0]: has no name: a declaration needs one`,
		},
		"missing graph": {
			Config{Handlers: []Handler{inc.Do(one)}, Require: []Declaration{sumTo}},
			`require[0]: "sum_to" has no handler`,
		},
		"empty handler": {
			Config{Handlers: []Handler{{}}},
			`handlers[0]: has no name: a declaration needs one`,
		},
		"missing": {
			Config{Handlers: []Handler{inc.Do(one)}, Require: []Declaration{inc, add}},
			`require[1]: "add" has no handler`,
		},
		"nil requirement": {
			Config{Require: []Declaration{nil}},
			`require[0]: is nil`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := New(test.config)
			require.EqualError(t, err, test.want)
			require.ErrorIs(t, err, ErrInput)
		})
	}
}

func TestNewReportsAllHandlers(t *testing.T) {
	t.Parallel()
	_, err := New(Config{Handlers: []Handler{{}, inc.Do(nil), inc.Do(nil)}, Require: []Declaration{add}})
	require.Equal(t, []string{"handlers[0]", "handlers[1]", "handlers[2]", "require[0]"}, fields(err))
}
