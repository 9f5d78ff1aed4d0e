using Monorepo.Peers.Generating;
using Monorepo.Peers.Running;

namespace Monorepo.Peers.Subjects;

/// <summary>A file deep in the tree that many commits changed.</summary>
internal static class BusyPath
{
    private const int Versions = 50;

    /// <summary>The deepest of those with fifty versions or more, or the one with the most; in generated histories one that is made so.</summary>
    public static async Task<string> FindAsync(Workbench bench, SourceRepository source, CancellationToken cancellationToken)
    {
        string files = (await bench.GitAsync(source.Path, cancellationToken, "ls-tree", "-r", "--name-only", "-z", "HEAD")).Output;
        HashSet<string> present = new(files.Split('\0', StringSplitOptions.RemoveEmptyEntries), StringComparer.Ordinal);
        if (present.Contains(FileNames.DeepPath))
            return FileNames.DeepPath;
        string log = (await bench.GitAsync(source.Path, cancellationToken, "log", "--format=", "--name-only", "--no-renames", "-z", "HEAD")).Output;
        var changed = log.Split('\0', StringSplitOptions.RemoveEmptyEntries).Where(present.Contains).CountBy(path => path, StringComparer.Ordinal).ToList();
        return changed.Count == 0
            ? throw new BenchmarkException("the history has no file that is still there")
            : changed.OrderByDescending(file => Math.Min(file.Value, Versions)).ThenByDescending(file => file.Key.Count(c => c == '/')).ThenBy(file => file.Value).First().Key;
    }
}
