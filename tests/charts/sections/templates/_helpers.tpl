{{- define "sections.section" -}}
{{- $names := dict "ingester" "ingester" "query-frontend" "query_frontend" "proxy" "gateway.nginx" -}}
{{- $name := index $names .component -}}
{{- $section := .ctx.Values -}}
{{- range regexSplit "\\." $name -1 -}}
{{- $section = index $section . -}}
{{- end -}}
{{- $section | toYaml -}}
{{- end -}}
{{- define "sections.replicas" -}}
{{- $names := dict "ingester" "ingester" "query-frontend" "query_frontend" "proxy" "gateway.nginx" -}}
{{- $section := .ctx.Values -}}
{{- range splitList "." (get $names .component) -}}
{{- $section = get $section . -}}
{{- end -}}
{{- $section.replicas -}}
{{- end -}}
