using System.Text;
using Monorepo.Core;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Paths;
using Monorepo.Workspace.Trees;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Workspace.Blame;

/// <summary>
/// Finds the commit that wrote each line of a file, as <c>git blame</c> does: lines that a version shares with a parent's are the parent's,
/// merges included; where the parent does not have the path, a file that the commit renamed is followed. One question to the server for
/// each name the file had, and one batch for its contents. Not thread-safe.
/// </summary>
public sealed class Blamer(CommitLog log, PathHistories histories, ObjectSource objects)
{
    /// <summary>Versions fetched ahead in one batch: a file that is blamed for good in its newest versions should not cost all of its past.</summary>
    private const int AheadMax = 256;

    private const long KeptBytesMax = 64L << 20;

    private readonly Dictionary<string, PathVersions> _versions = new(StringComparer.Ordinal);
    private readonly Dictionary<(int Commit, string Path), BlameOrigin> _origins = [];
    private readonly PriorityQueue<int, int> _queue = new();
    private readonly Dictionary<int, List<BlameOrigin>> _waiting = [];
    private readonly Dictionary<ObjectId, ReadOnlyMemory<byte>> _kept = [];
    private readonly Dictionary<BlameOrigin, List<BlameLines>> _guilty = [];
    private readonly RenameFinder _renames = new(log, objects);
    private long _keptBytes;

    /// <param name="commit">The position of the commit whose version is blamed.</param>
    /// <param name="path">From the root.</param>
    /// <param name="ignoreWhitespace">Lines that differ in white space only are the same line.</param>
    /// <param name="chooseLines">Given the number of lines, the ranges asked about: first line from 0, and count; sorted, apart.</param>
    /// <param name="cancellationToken">Ends fetches.</param>
    /// <exception cref="NotAFileException">The path is no file in that commit.</exception>
    /// <exception cref="Remote.RemoteException">The server can't be asked.</exception>
    /// <exception cref="ObjectsMissingException">A version is neither here nor to be had.</exception>
    public async Task<BlameResult> RunAsync(
        int commit, ReadOnlyMemory<byte> path, bool ignoreWhitespace, Func<int, IReadOnlyList<(int Start, int Count)>> chooseLines, CancellationToken cancellationToken)
    {
        PathVersions versions = await VersionsAsync(path, commit, cancellationToken);
        (FileMode mode, ObjectId blob) = versions.EntryAt(commit);
        if (!mode.HasBlob())
        {
            throw new NotAFileException($"'{Encoding.UTF8.GetString(path.Span)}' is no file in {log.IdAt(commit).Abbreviate(10)}.");
        }

        ReadOnlyMemory<byte> content = await ContentAsync(blob, versions, commit, cancellationToken);
        List<BlameLines> asked = [.. chooseLines(CountLines(content.Span)).Select(r => new BlameLines(r.Start, r.Start, r.Count))];
        if (asked.Count > 0)
        {
            Suspect(Origin(commit, path, blob), asked);
        }

        using LineMatch match = new(ignoreWhitespace);
        while (_queue.TryDequeue(out int position, out _))
        {
            cancellationToken.ThrowIfCancellationRequested();
            _waiting.Remove(position, out List<BlameOrigin>? origins);
            foreach (BlameOrigin origin in origins!)
            {
                await PassAsync(origin, match, cancellationToken);
            }
        }

        return Collect(content);
    }

    /// <summary>Lines of a content; a last one without a line feed counts.</summary>
    public static int CountLines(ReadOnlySpan<byte> content) =>
        content.Count((byte)'\n') + (content.IsEmpty || content[^1] == '\n' ? 0 : 1);

    private async Task PassAsync(BlameOrigin origin, LineMatch match, CancellationToken cancellationToken)
    {
        PathVersions versions = await VersionsAsync(origin.Path, origin.Commit, cancellationToken);
        if (!versions.Changes.IsChanged(origin.Commit))
        {
            // Down to the commit that made this version, along first parents which all have it.
            PassWhole(origin, Origin(versions.SourceOf(origin.Commit), origin.Path, origin.Blob));
            return;
        }

        IReadOnlyList<int> parents = log.GetParents(origin.Commit);
        BlameOrigin?[] sources = new BlameOrigin?[parents.Count];
        for (int pass = 0; pass < 2; pass++)
        {
            for (int i = 0; i < parents.Count; i++)
            {
                if (sources[i] is not null || await FindAsync(origin, parents[i], byName: pass == 0, cancellationToken) is not { } source)
                {
                    continue;
                }

                if (source.Blob == origin.Blob)
                {
                    PassWhole(origin, source);
                    return;
                }

                if (!sources.Take(i).Any(s => s?.Blob == source.Blob))
                {
                    sources[i] = source;
                }
            }
        }

        foreach (BlameOrigin source in sources.OfType<BlameOrigin>())
        {
            origin.Previous ??= source;
            await PassSharedAsync(origin, source, match, cancellationToken);
            if (origin.Suspects.Count == 0)
            {
                return;
            }
        }

        if (!_guilty.TryGetValue(origin, out List<BlameLines>? lines))
        {
            _guilty.Add(origin, lines = []);
        }

        lines.AddRange(origin.Suspects);
        origin.Suspects = [];
    }

    /// <summary>The file in a parent: under its own path, or under the one that the commit renamed.</summary>
    private async ValueTask<BlameOrigin?> FindAsync(BlameOrigin origin, int parent, bool byName, CancellationToken cancellationToken)
    {
        PathVersions versions = await VersionsAsync(origin.Path, origin.Commit, cancellationToken);
        (FileMode mode, ObjectId id) = versions.EntryAt(parent);
        (FileMode ownMode, ObjectId ownId) = versions.EntryAt(origin.Commit);
        if (byName)
        {
            return mode.HasBlob() && IsLink(mode) == IsLink(ownMode) ? Origin(parent, origin.Path, id) : null;
        }

        // What is of another type there was not renamed.
        if (mode.HasBlob() || mode.Kind() == EntryKind.Submodule)
        {
            return null;
        }

        return await _renames.FindAsync(parent, origin.Commit, origin.Path, new TreeSide(ownMode, ownId), cancellationToken) is { } old
            ? Origin(parent, old.Path, old.Id)
            : null;
    }

    private async Task PassSharedAsync(BlameOrigin origin, BlameOrigin source, LineMatch match, CancellationToken cancellationToken)
    {
        PathVersions ahead = await VersionsAsync(source.Path, source.Commit, cancellationToken);
        ReadOnlyMemory<byte> fresh = await ContentAsync(origin.Blob, ahead, source.Commit, cancellationToken);
        ReadOnlyMemory<byte> old = await ContentAsync(source.Blob, ahead, source.Commit, cancellationToken);
        List<LineRun> runs = match.Find(old.Span, fresh.Span);
        List<BlameLines> passed = [];
        List<BlameLines> left = [];
        foreach (BlameLines lines in origin.Suspects)
        {
            Split(lines, runs, passed, left);
        }

        origin.Suspects = left;
        Suspect(source, passed);
    }

    private static void Split(BlameLines lines, List<LineRun> runs, List<BlameLines> passed, List<BlameLines> left)
    {
        int at = lines.SourceLine;
        int end = lines.SourceLine + lines.Count;
        int lineOffset = lines.Line - lines.SourceLine;
        foreach (LineRun run in runs)
        {
            long runEnd = (long)run.NewStart + run.Count;
            if (runEnd <= at)
            {
                continue;
            }

            if (run.NewStart >= end || at >= end)
            {
                break;
            }

            if (run.NewStart > at)
            {
                left.Add(new BlameLines(at + lineOffset, at, run.NewStart - at));
                at = run.NewStart;
            }

            int count = (int)Math.Min(end, runEnd) - at;
            passed.Add(new BlameLines(at + lineOffset, run.OldStart + (at - run.NewStart), count));
            at += count;
        }

        if (at < end)
        {
            left.Add(new BlameLines(at + lineOffset, at, end - at));
        }
    }

    private void PassWhole(BlameOrigin origin, BlameOrigin source)
    {
        Suspect(source, origin.Suspects);
        origin.Suspects = [];
    }

    private void Suspect(BlameOrigin origin, List<BlameLines> lines)
    {
        if (lines.Count == 0)
        {
            return;
        }

        if (origin.Suspects.Count == 0)
        {
            if (!_waiting.TryGetValue(origin.Commit, out List<BlameOrigin>? origins))
            {
                // Parents stand below their children, so each commit is taken once, when all its children were.
                _waiting.Add(origin.Commit, origins = []);
                _queue.Enqueue(origin.Commit, -origin.Commit);
            }

            origins.Add(origin);
        }

        origin.Suspects.AddRange(lines);
    }

    private BlameOrigin Origin(int commit, ReadOnlyMemory<byte> path, ObjectId blob)
    {
        (int, string) key = (commit, Key(path));
        if (!_origins.TryGetValue(key, out BlameOrigin? origin))
        {
            _origins.Add(key, origin = new BlameOrigin(commit, path, blob));
        }

        return origin;
    }

    private async ValueTask<PathVersions> VersionsAsync(ReadOnlyMemory<byte> path, int newest, CancellationToken cancellationToken)
    {
        if (!_versions.TryGetValue(Key(path), out PathVersions? versions) || versions.Newest < newest)
        {
            versions = await histories.ReadVersionsAsync(path, newest, cancellationToken);
            _versions[Key(path)] = versions;
        }

        return versions;
    }

    private async ValueTask<ReadOnlyMemory<byte>> ContentAsync(ObjectId id, PathVersions ahead, int from, CancellationToken cancellationToken)
    {
        if (_kept.TryGetValue(id, out ReadOnlyMemory<byte> kept))
        {
            return kept;
        }

        if (!objects.IsLocal(id))
        {
            await objects.EnsureAsync([.. ahead.IdsFrom(from).Prepend(id).Distinct().Take(AheadMax)], cancellationToken);
        }

        ReadOnlyMemory<byte> body = (await objects.ReadAsync(id, cancellationToken)).Body;
        if (_keptBytes + body.Length > KeptBytesMax)
        {
            _kept.Clear();
            _keptBytes = 0;
        }

        _kept.Add(id, body);
        _keptBytes += body.Length;
        return body;
    }

    private BlameResult Collect(ReadOnlyMemory<byte> content)
    {
        List<(BlameLines Lines, BlameSource Source)> all = [];
        List<BlameSource> sources = [];
        foreach ((BlameOrigin origin, List<BlameLines> lines) in _guilty)
        {
            BlameSource source = new(origin.Commit, origin.Path, origin.Previous?.Commit ?? -1, origin.Previous?.Path ?? default);
            sources.Add(source);
            all.AddRange(lines.Select(l => (l, source)));
        }

        all.Sort(static (a, b) => a.Lines.Line.CompareTo(b.Lines.Line));
        List<BlameRun> runs = [];
        foreach ((BlameLines lines, BlameSource source) in all)
        {
            if (runs.Count > 0 && runs[^1] is var last && ReferenceEquals(last.Source, source)
                && last.Line + last.Count == lines.Line && last.SourceLine + last.Count == lines.SourceLine)
            {
                runs[^1] = last with { Count = last.Count + lines.Count };
            }
            else
            {
                runs.Add(new BlameRun(lines.Line, lines.SourceLine, lines.Count, source));
            }
        }

        return new BlameResult(content, runs, sources);
    }

    private static bool IsLink(FileMode mode) => mode.Kind() == EntryKind.SymbolicLink;

    private static string Key(ReadOnlyMemory<byte> path) => Encoding.Latin1.GetString(path.Span);
}
