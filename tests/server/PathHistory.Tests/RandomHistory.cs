using System.Text;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Storage;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.PathHistory.Tests;

/// <summary>
/// A history of small random trees with merges: files that become directories and back, modes that change, empty directories, the same
/// change on both sides of a merge. It knows every commit's files, so that answers can be checked without trees.
/// </summary>
/// <param name="seed">The same history for the same seed.</param>
/// <param name="commits">How many.</param>
/// <param name="contents">Different contents that files have.</param>
internal sealed class RandomHistory(int seed, int commits, int contents = 6)
{
    private static readonly string[] s_names = ["a", "a.b", "a-b", "b", "c"];

    private readonly Random _random = new(seed);

    public List<LogEntry> Entries { get; } = [];

    public List<int[]> Parents { get; } = [];

    /// <summary>Each commit's files: path to mode and id.</summary>
    public List<SortedDictionary<string, (FileMode Mode, ObjectId Id)>> Files { get; } = [];

    /// <summary>Each commit's directories: path to id.</summary>
    public List<Dictionary<string, ObjectId>> Directories { get; } = [];

    public Dictionary<ObjectId, NewObject> Objects { get; } = [];

    public async Task FillAsync(IRepository repository)
    {
        for (int i = 0; i < commits; i++)
            AddCommit(i);
        await repository.Objects.PutAsync([.. Objects.Values], default);
        await repository.History.AppendAsync(0, Entries, default);
    }

    /// <summary>What a path names in a commit: its own file, and all files below it.</summary>
    public string StateOf(int commit, string path) => string.Join('\n', Files[commit]
        .Where(f => path.Length == 0 || f.Key == path || f.Key.StartsWith(path + "/", StringComparison.Ordinal))
        .Select(f => $"{f.Key} {f.Value.Mode.Canonical()} {f.Value.Id}"));

    /// <summary>The mode and id that a path has in a commit; empty where it has none.</summary>
    public string EntryOf(int commit, string path) =>
        Files[commit].TryGetValue(path, out (FileMode Mode, ObjectId Id) file) ? $"{file.Mode.Canonical()} {file.Id}"
        : Directories[commit].TryGetValue(path, out ObjectId directory) ? $"{FileMode.Directory} {directory}"
        : "";

    /// <summary>Every path that any commit has, directories and the root included.</summary>
    public IReadOnlySet<string> AllPaths()
    {
        HashSet<string> all = [""];
        foreach (string file in Files.SelectMany(static f => f.Keys))
        {
            for (string path = file; path.Length > 0; path = path.LastIndexOf('/') is > 0 and int slash ? path[..slash] : "")
                all.Add(path);
        }

        return all;
    }

    private void AddCommit(int number)
    {
        int[] parents = number == 0 || _random.Next(30) == 0 ? [] : [.. Enumerable.Range(0, _random.Next(10) switch { < 6 => 1, < 9 => 2, _ => 3 })
            .Select(_ => Math.Max(0, number - 1 - _random.Next(Math.Min(number, 6))))];
        SortedDictionary<string, (FileMode Mode, ObjectId Id)> files = new(StringComparer.Ordinal);
        if (parents.Length > 0)
            files = new(Files[parents[0]], StringComparer.Ordinal);
        foreach (int parent in parents.Skip(1))
            Mix(files, Files[parent]);
        for (int edits = _random.Next(parents.Length > 1 ? 2 : 4); edits > 0; edits--)
            Edit(files);

        Directories.Add([]);
        ObjectId tree = Write(files, "");
        StringBuilder text = new($"tree {tree}\n");
        foreach (int parent in parents)
            text.Append($"parent {Entries[parent].Id}\n");
        text.Append($"author A <a@example.com> {1_700_000_000 + number} +0000\ncommitter A <a@example.com> {1_700_000_000 + number} +0000\n\n{number}\n");
        byte[] body = Encoding.ASCII.GetBytes(text.ToString());
        Entries.Add(new LogEntry(Put(ObjectKind.Commit, body), body));
        Parents.Add(parents);
        Files.Add(files);
    }

    private void Mix(SortedDictionary<string, (FileMode Mode, ObjectId Id)> files, SortedDictionary<string, (FileMode Mode, ObjectId Id)> other)
    {
        foreach (string path in files.Keys.Concat(other.Keys).Distinct().Where(_ => _random.Next(2) == 0).ToList())
        {
            if (other.TryGetValue(path, out (FileMode Mode, ObjectId Id) file))
                Set(files, path, file);
            else
                files.Remove(path);
        }
    }

    private void Edit(SortedDictionary<string, (FileMode Mode, ObjectId Id)> files)
    {
        if (files.Count > 0 && _random.Next(4) == 0)
        {
            files.Remove(files.Keys.ElementAt(_random.Next(files.Count)));
            return;
        }

        string path = string.Join('/', Enumerable.Range(0, _random.Next(1, 5)).Select(_ => s_names[_random.Next(s_names.Length)]));
        FileMode mode = _random.Next(10) switch
        {
            0 => FileMode.Executable,
            1 => FileMode.GroupWritable,
            2 => FileMode.SymbolicLink,
            3 => FileMode.Submodule,
            _ => FileMode.Regular,
        };
        byte[] content = Encoding.ASCII.GetBytes($"{_random.Next(contents)}");
        Set(files, path, (mode, Put(ObjectKind.Blob, content)));
    }

    /// <summary>A path is a file or a directory: what stands in its way goes.</summary>
    private static void Set(SortedDictionary<string, (FileMode Mode, ObjectId Id)> files, string path, (FileMode Mode, ObjectId Id) file)
    {
        foreach (string other in files.Keys.Where(k => k.StartsWith(path + "/", StringComparison.Ordinal) || path.StartsWith(k + "/", StringComparison.Ordinal)).ToList())
            files.Remove(other);
        files[path] = file;
    }

    private ObjectId Write(SortedDictionary<string, (FileMode Mode, ObjectId Id)> files, string prefix)
    {
        TreeBuilder builder = new();
        foreach (IGrouping<string, string> group in files.Keys.Where(k => k.StartsWith(prefix, StringComparison.Ordinal)).GroupBy(k => k[prefix.Length..].Split('/')[0]))
        {
            string path = prefix + group.Key;
            if (files.TryGetValue(path, out (FileMode Mode, ObjectId Id) file))
                builder.Add(file.Mode, Encoding.ASCII.GetBytes(group.Key), file.Id);
            else
                builder.Add(FileMode.Directory, Encoding.ASCII.GetBytes(group.Key), Write(files, path + "/"));
        }

        // Git would not write it, but it may be pushed: a directory with nothing in it.
        if (_random.Next(20) == 0)
            builder.Add(FileMode.Directory, "empty"u8, Put(ObjectKind.Tree, []));
        return Directories[^1][prefix.TrimEnd('/')] = Put(ObjectKind.Tree, builder.Build());
    }

    private ObjectId Put(ObjectKind kind, byte[] body)
    {
        ObjectId id = ObjectHasher.Hash(kind, body);
        Objects.TryAdd(id, new NewObject(id, ObjectEnvelope.Seal(kind, body)));
        return id;
    }
}
