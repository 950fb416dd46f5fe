package bank

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBankRefusesToWithdrawMoreThanThereIs(t *testing.T) {
	t.Parallel()
	account := &Account{Balance: 70}
	_, err := account.withdraw(t.Context(), 71)

	var notEnough *NotEnoughError
	require.ErrorAs(t, err, &notEnough)
	require.Equal(t, int64(70), notEnough.Balance)
	require.ErrorIs(t, err, ErrNotEnough)
	require.NotErrorIs(t, err, ErrReturned)
	require.Equal(t, &Account{Balance: 70}, account)
}
