{{- define "shared" -}}
theirs: {{ .Values.theirs | quote }}
{{- end -}}
