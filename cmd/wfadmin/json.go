package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
)

// jsonUsage is what a flag takes whose value readJSON reads.
const jsonUsage = "JSON, @file, or - for standard input"

// readJSON reads the JSON that the value of a flag is or names.
func readJSON(cmd *cobra.Command, flag string) (json.RawMessage, error) {
	text, err := readValue(cmd, cmd.Flag(flag).Value.String())
	if err != nil {
		return nil, &usageError{fmt.Sprintf("--%s: %v", flag, err)}
	}
	var value json.RawMessage
	if err := json.Unmarshal(text, &value); err != nil {
		return nil, &usageError{fmt.Sprintf("--%s is no JSON: %v", flag, err)}
	}
	return value, nil
}

func readValue(cmd *cobra.Command, value string) ([]byte, error) {
	if value == "-" {
		return io.ReadAll(cmd.InOrStdin())
	}
	if name, ok := strings.CutPrefix(value, "@"); ok {
		return os.ReadFile(name)
	}
	return []byte(value), nil
}

// readObject is readJSON of what has to be an object. It is nil if the flag isn't
// given.
func readObject(cmd *cobra.Command, flag string) (map[string]any, error) {
	if !cmd.Flags().Changed(flag) {
		return nil, nil
	}
	text, err := readJSON(cmd, flag)
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		return nil, &usageError{fmt.Sprintf("--%s is no JSON object", flag)}
	}
	var fields map[string]any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber() // a float64 would change it
	err = decoder.Decode(&fields)
	return fields, err
}
