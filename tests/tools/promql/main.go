// Command promql asks Prometheus' own parser about expressions. It reads one expression from each line of standard
// input, as a JSON string, and complains about those that do not parse.
//
// Complaints go to standard error as `line: message`. Exit status: 0 when all is well, 1 when an expression has
// complaints, 2 on unreadable input.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"github.com/prometheus/prometheus/promql/parser"
)

func main() {
	reader := parser.NewParser(parser.Options{})
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	status, count := 0, 0
	for line := 1; lines.Scan(); line++ {
		var expression string
		if err := json.Unmarshal(lines.Bytes(), &expression); err != nil {
			fmt.Fprintf(os.Stderr, "%d: %v\n", line, err)
			os.Exit(2)
		}
		count++
		if _, err := reader.ParseExpr(expression); err != nil {
			fmt.Fprintf(os.Stderr, "%d: %v\n", line, err)
			status = 1
		}
	}
	if err := lines.Err(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	fmt.Println(count)
	os.Exit(status)
}
