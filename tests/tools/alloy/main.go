// Command alloy-syntax lets the tests ask the real Alloy syntax library about
// Alloy configuration text. It reads the FILEs named, or standard input.
//
//	alloy-syntax check   [FILE...]  parse each FILE and compare it with the formatter's output
//	alloy-syntax fmt     [FILE...]  print the formatter's output, as `alloy fmt` does
//	alloy-syntax strings [FILE...]  evaluate the top-level attributes, one JSON line {name, value} each
//
// Complaints go to standard error as `file:line:col: message`. Exit status: 0
// when all is well, 1 when a FILE has complaints, 2 on a wrong call or an
// unreadable FILE.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/grafana/alloy/syntax/ast"
	"github.com/grafana/alloy/syntax/diag"
	"github.com/grafana/alloy/syntax/parser"
	"github.com/grafana/alloy/syntax/printer"
	"github.com/grafana/alloy/syntax/token"
	"github.com/grafana/alloy/syntax/vm"
)

func main() {
	modes := map[string]func(name string, src []byte, file *ast.File) error{
		"check":   check,
		"fmt":     format,
		"strings": evaluate,
	}
	if len(os.Args) < 2 || modes[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: alloy-syntax check|fmt|strings [FILE...]")
		os.Exit(2)
	}
	run, names := modes[os.Args[1]], os.Args[2:]
	if len(names) == 0 {
		names = []string{"-"}
	}

	status := 0
	for _, name := range names {
		src, err := read(name)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		file, err := parser.ParseFile(name, src)
		if err == nil {
			err = run(name, src, file)
		}
		if err != nil {
			report(name, err)
			status = 1
		}
	}
	os.Exit(status)
}

// read returns the bytes of the named file, or of standard input for "-".
func read(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(os.Stdin)
	}
	return os.ReadFile(name)
}

// report prints every diagnostic in err, one line each.
func report(name string, err error) {
	var list diag.Diagnostics
	if !errors.As(err, &list) {
		fmt.Fprintf(os.Stderr, "%s:1:1: %v\n", name, err)
	}
	for _, d := range list {
		fmt.Fprintln(os.Stderr, d)
	}
}

// formatted returns file as `alloy fmt` writes it, final newline included.
func formatted(file *ast.File) ([]byte, error) {
	var out bytes.Buffer
	err := printer.Fprint(&out, file)
	out.WriteByte('\n')
	return out.Bytes(), err
}

// check complains at the first line where src is not what the formatter writes.
func check(name string, src []byte, file *ast.File) error {
	want, err := formatted(file)
	if err != nil || bytes.Equal(src, want) {
		return err
	}
	got, exp := bytes.SplitAfter(src, []byte("\n")), bytes.SplitAfter(want, []byte("\n"))
	i := 0
	for i < len(got)-1 && i < len(exp)-1 && bytes.Equal(got[i], exp[i]) {
		i++
	}
	return diag.Diagnostics{{
		StartPos: token.Position{Filename: name, Line: i + 1, Column: 1},
		Message:  fmt.Sprintf("not formatted: have %q, want %q", got[i], exp[i]),
	}}
}

// format prints the formatter's output.
func format(_ string, _ []byte, file *ast.File) error {
	out, err := formatted(file)
	if err == nil {
		_, err = os.Stdout.Write(out)
	}
	return err
}

// evaluate prints the value of each top-level attribute; blocks are passed over.
func evaluate(_ string, _ []byte, file *ast.File) error {
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for _, stmt := range file.Body {
		attr, ok := stmt.(*ast.AttributeStmt)
		if !ok {
			continue
		}
		var value any
		if err := vm.New(attr.Value).Evaluate(vm.NewScope(nil), &value); err != nil {
			return err
		}
		line := struct {
			Name  string `json:"name"`
			Value any    `json:"value"`
		}{attr.Name.Name, value}
		if err := out.Encode(line); err != nil {
			return err
		}
	}
	return nil
}
