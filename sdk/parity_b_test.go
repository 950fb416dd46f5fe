package sdk_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/sdk"
)

func TestB8MetadataOfAStepThatDoesNotEncodeIsRefusedAndNothingStored(t *testing.T) {
	t.Parallel()
	b := setup(t, incHandler)
	for _, bad := range []any{func() {}, math.NaN(), "\xff", "\x00"} {
		metadata := map[string]any{"key": bad}
		declared := sdk.Step[int, int]{Name: "inc", Metadata: metadata}
		for _, ref := range []sdk.Ref[int]{declared.Call(1), inc.Call(1).With(sdk.NodeOpts{Metadata: metadata})} {
			_, err := sdk.Start(b.ctx, b.client, ref, sdk.StartOpts{ID: "w"})
			var refused *sdk.InputError
			require.ErrorAs(t, err, &refused)
			require.Contains(t, refused.Field, "metadata")
		}
	}
	require.Zero(t, scan[int](t, b, `select count(*)::int from weir.workflows`))
}
