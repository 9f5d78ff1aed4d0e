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

    /// <summary>A directory elsewhere that about as many commits changed.</summary>
    public static async Task<string> FindOtherAsync(Workbench bench, SourceRepository source, string path, CancellationToken cancellationToken)
    {
        const string Commit = "\u0001";
        string log = (await bench.GitAsync(source.Path, cancellationToken, "-c", "core.quotePath=false", "log", "--format=%x01", "--name-only", "--no-renames", "HEAD")).Output;
        Dictionary<string, int> commits = new(StringComparer.Ordinal);
        int ofPath = 0;
        foreach (string commit in log.Split(Commit))
        {
            HashSet<string> directories = new(StringComparer.Ordinal);
            foreach (string file in commit.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                ofPath += file == path ? 1 : 0;
                for (int slash = file.LastIndexOf('/'); slash > 0 && directories.Add(file[..slash]); slash = file.LastIndexOf('/', slash - 1))
                {
                }
            }

            foreach (string directory in directories)
            {
                commits[directory] = commits.GetValueOrDefault(directory) + 1;
            }
        }

        return commits.Where(d => !path.StartsWith(d.Key + "/", StringComparison.Ordinal))
            .OrderBy(d => Math.Abs(d.Value - ofPath)).ThenBy(d => d.Key, StringComparer.Ordinal).Select(d => d.Key).FirstOrDefault()
            ?? throw new BenchmarkException("the history has no directory but the one of the path");
    }
}
