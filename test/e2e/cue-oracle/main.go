// Command cue-oracle answers many calls of the cue command in one process: a call as JSON a line comes in, its output as
// JSON a line goes out.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"runtime/debug"
	"strings"

	"cuelang.org/go/cmd/cue/cmd"
	"cuelang.org/go/cue/errors"
)

type call struct {
	Args  []string `json:"args"`
	Stdin string   `json:"stdin"`
}

type answer struct {
	Code   int    `json:"code"`
	Output string `json:"output"`
}

func main() {
	// Some programs make the evaluator recurse without end: better soon than late.
	debug.SetMaxStack(64 << 20)
	calls := json.NewDecoder(bufio.NewReader(os.Stdin))
	answers := json.NewEncoder(os.Stdout)
	answers.SetEscapeHTML(false)
	for {
		var next call
		if err := calls.Decode(&next); err != nil {
			return
		}
		if err := answers.Encode(run(next)); err != nil {
			return
		}
	}
}

// run is what cmd.Main does, with the input and output of the call.
func run(c call) (a answer) {
	var output bytes.Buffer
	defer func() {
		if problem := recover(); problem != nil {
			a = answer{Code: 2, Output: "panic"}
		}
	}()
	command, err := cmd.New(c.Args)
	if err != nil {
		return answer{Code: 2, Output: err.Error()}
	}
	command.SetInput(strings.NewReader(c.Stdin))
	command.SetOutput(&output)
	if err := command.Run(context.Background()); err != nil {
		if err != cmd.ErrPrintedError {
			errors.Print(&output, err, nil)
		}
		return answer{Code: 1, Output: output.String()}
	}
	return answer{Code: 0, Output: output.String()}
}
