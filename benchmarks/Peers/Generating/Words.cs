using System.Text;

namespace Monorepo.Peers.Generating;

/// <summary>What names, messages and source lines are made of.</summary>
internal static class Words
{
    private static readonly string[] s_words =
    [
        "account", "action", "adapter", "address", "agent", "alias", "anchor", "append", "archive", "array", "async", "audit", "balance", "batch", "binary", "block",
        "branch", "bridge", "buffer", "build", "bundle", "cache", "call", "channel", "check", "chunk", "client", "clock", "cluster", "codec", "column", "commit",
        "config", "connect", "context", "copy", "counter", "cursor", "data", "decode", "default", "delta", "device", "digest", "disk", "document", "driver", "edge",
        "encode", "engine", "entry", "error", "event", "export", "factory", "field", "file", "filter", "flag", "flow", "folder", "frame", "function", "gate",
        "graph", "group", "guard", "handle", "hash", "header", "heap", "history", "host", "image", "import", "index", "input", "item", "job", "journal",
        "kernel", "key", "label", "lane", "layer", "layout", "lease", "ledger", "level", "limit", "line", "link", "list", "loader", "lock", "log",
        "loop", "macro", "map", "mask", "match", "memory", "merge", "message", "meter", "method", "metric", "model", "module", "monitor", "name", "native",
        "network", "node", "notify", "number", "object", "offset", "option", "order", "output", "owner", "packet", "page", "panel", "parser", "patch", "path",
        "pipe", "plan", "plugin", "point", "policy", "pool", "port", "prefix", "probe", "process", "profile", "proxy", "query", "queue", "quota", "range",
        "rate", "reader", "record", "region", "registry", "relay", "remote", "render", "reply", "report", "request", "reset", "resource", "result", "retry", "ring",
        "role", "root", "route", "rule", "runner", "runtime", "sample", "scan", "schema", "scope", "search", "section", "segment", "select", "sender", "server",
        "service", "session", "shard", "signal", "slice", "slot", "snapshot", "socket", "sort", "source", "span", "stack", "stage", "state", "status", "storage",
        "store", "stream", "string", "struct", "sum", "switch", "symbol", "sync", "system", "table", "tag", "target", "task", "template", "test", "text",
        "thread", "ticket", "timer", "token", "tool", "topic", "trace", "track", "transfer", "tree", "trigger", "type", "unit", "update", "upload", "usage",
        "user", "value", "vector", "verify", "version", "view", "visitor", "volume", "watch", "weight", "window", "worker", "wrapper", "writer", "yield", "zone",
    ];

    /// <summary>Words of a-z.</summary>
    public static int Count => s_words.Length;

    public static string Of(int index) => s_words[(uint)index % (uint)s_words.Length];

    public static string Capital(int index)
    {
        string word = Of(index);
        return string.Create(word.Length, word, static (span, from) =>
        {
            from.CopyTo(span);
            span[0] = char.ToUpperInvariant(span[0]);
        });
    }

    /// <summary>Appends words with spaces until they are about as long as asked.</summary>
    public static void AppendSentence(StringBuilder text, SeededRandom random, int length)
    {
        int end = text.Length + length;
        while (true)
        {
            text.Append(Of(random.Next(s_words.Length)));
            if (text.Length >= end)
                return;
            text.Append(' ');
        }
    }
}
