{{- define "common.labels" -}}
team: {{ .Values.team }}
{{- with .Values.common }}
{{ .label }}: "{{ .own }}"
{{- end }}
{{- end -}}
{{- define "common.unused" -}}
{{ .Values.unused }}
{{- end -}}
