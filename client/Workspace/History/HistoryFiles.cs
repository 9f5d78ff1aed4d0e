using System.Globalization;

namespace Monorepo.Workspace.History;

/// <summary>The names in a clone's history directory.</summary>
internal readonly record struct HistoryFiles(string Directory)
{
    public string State => Path.Combine(Directory, "state");

    public string Segments => Path.Combine(Directory, "segments");

    public string Graph => Path.Combine(Directory, "graph");

    public string Edges => Path.Combine(Directory, "edges");

    public string Index => Path.Combine(Directory, "index");

    public string Part => Path.Combine(Directory, "part");

    public string Tail(int number) => Path.Combine(Directory, string.Create(CultureInfo.InvariantCulture, $"tail-{number}"));
}
