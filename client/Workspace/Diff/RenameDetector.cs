using Monorepo.Core;
using Monorepo.Workspace.Blame;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Trees;

namespace Monorepo.Workspace.Diff;

/// <summary>
/// Finds which added files are removed ones under another name, as <c>git diff -M</c> does: equal contents first, then files whose name is the
/// only one of its kind on both sides if three quarters stayed, then the most alike of all, at least half (or what a scope says). Contents should be here: they
/// are read in one batch. Thread-safe.
/// </summary>
public static class RenameDetector
{
    private const int CandidatesPerTarget = 4;

    /// <summary>Equal contents looked at for one file.</summary>
    private const int SameContentMax = 100;

    /// <returns>The changes in their order, a rename in its new path's place.</returns>
    public static async Task<IReadOnlyList<FileChange>> DetectAsync(
        IObjectSource objects, IReadOnlyList<TreeChange> changes, CancellationToken cancellationToken, RenameScope? scope = null)
    {
        scope ??= RenameScope.Everything;
        Source[] removed = [.. changes.Where(static c => c.New.IsAbsent).Select(static c => new Source(c))];
        Target[] targets = [.. changes.Where(static c => c.Old.IsAbsent).Select(static c => new Target(c))];
        if (removed.Length > 0 && targets.Length > 0)
        {
            MatchContents(removed, targets);
            Count(targets, scope);
            scope.Directories?.KeepGuesses();
            List<Source> sources = [.. removed.Where(static s => !s.IsUsed)];
            Target[] open = [.. targets.Where(static t => t.Source is null)];
            if (sources.Exists(s => scope.Includes(s.Change.Path)) && open.Length > 0 && scope.ScoreMin < Similarity.ScoreMax)
            {
                await MatchAlikeAsync(objects, sources, open, scope, cancellationToken);
            }
        }

        return Combine(changes, removed, targets);
    }

    // Sources and targets stand in the order of the changes.
    private static List<FileChange> Combine(IReadOnlyList<TreeChange> changes, Source[] sources, Target[] targets)
    {
        List<FileChange> combined = new(changes.Count);
        int source = 0;
        int target = 0;
        foreach (TreeChange change in changes)
        {
            if (change.Old.IsAbsent)
            {
                Target added = targets[target++];
                combined.Add(added.Source is { } found
                    ? new FileChange(found.Change.Path, change.Path, found.Change.Old, change.New, added.Score)
                    : new FileChange(change));
            }
            else if (!change.New.IsAbsent || !sources[source++].IsUsed)
            {
                combined.Add(new FileChange(change));
            }
        }

        return combined;
    }

    private static void MatchContents(Source[] sources, Target[] targets)
    {
        Dictionary<ObjectId, List<Source>> byContent = [];
        foreach (Source source in sources)
        {
            if (!byContent.TryGetValue(source.Change.Old.Id, out List<Source>? same))
            {
                byContent.Add(source.Change.Old.Id, same = []);
            }

            same.Add(source);
        }

        foreach (Target target in targets)
        {
            if (byContent.TryGetValue(target.Change.New.Id, out List<Source>? same) && FindSame(same, target) is { } found)
            {
                target.Take(found, Similarity.ScoreMax);
            }
        }
    }

    private static Source? FindSame(List<Source> sources, Target target)
    {
        Source? best = null;
        int looked = 0;
        foreach (Source source in sources)
        {
            bool mayBe = source.IsRegular && target.IsRegular ? !source.IsUsed : !source.IsUsed && source.Change.Old.Mode.Canonical() == target.Change.New.Mode.Canonical();
            if (mayBe && source.Name.Span.SequenceEqual(target.Name.Span))
            {
                return source;
            }

            if (mayBe)
            {
                best ??= source;
                if (++looked == SameContentMax)
                {
                    break;
                }
            }
        }

        return best;
    }

    private static async Task MatchAlikeAsync(IObjectSource objects, List<Source> sources, Target[] targets, RenameScope scope, CancellationToken cancellationToken)
    {
        Pairs pairs = new(objects, sources, targets);
        await pairs.MatchNamesAsync(scope, cancellationToken);
        Count(targets, scope);
        sources.RemoveAll(s => s.IsUsed || !scope.Includes(s.Change.Path));
        if (scope.Directories?.FindUndecided(sources.Select(static s => s.Change.Path)) is { } isUndecided)
        {
            sources.RemoveAll(s => !isUndecided(s.Change.Path));
        }

        Target[] open = [.. targets.Where(static t => t.Source is null)];
        if (sources.Count > 0 && open.Length > 0 && (long)sources.Count * open.Length <= scope.PairsMax && sources.Count + open.Length <= scope.ContentsMax)
        {
            await pairs.LoadAsync(sources, open, cancellationToken);
            MatchBest(pairs, sources, open, scope.ScoreMin);
            Count(open, scope);
        }
    }

    private static void Count(Target[] targets, RenameScope scope)
    {
        foreach (Target target in targets)
        {
            if (target.Source is { } source)
            {
                scope.Directories?.Count(source.Change.Path, target.Change.Path);
            }
        }
    }

    private static void MatchBest(Pairs pairs, List<Source> sources, Target[] targets, int scoreMin)
    {
        List<Candidate> candidates = new(targets.Length * CandidatesPerTarget);
        foreach (Target target in targets)
        {
            Candidate?[] places = new Candidate?[CandidatesPerTarget];
            foreach (Source source in sources)
            {
                Candidate candidate = new(target, source, pairs.Score(source, target, scoreMin), source.Name.Span.SequenceEqual(target.Name.Span) ? 1 : 0);
                int worst = 0;
                for (int i = 1; i < places.Length; i++)
                {
                    worst = Compare(places[i], places[worst]) > 0 ? i : worst;
                }

                if (Compare(places[worst], candidate) > 0)
                {
                    places[worst] = candidate;
                }
            }

            candidates.AddRange(places.OfType<Candidate>());
        }

        // Of equal ones the first stays first, as in git.
        foreach (Candidate candidate in candidates.OrderBy(static c => c, Comparer<Candidate>.Create(static (a, b) => Compare(a, b))))
        {
            if (candidate.Score < scoreMin)
            {
                break;
            }

            if (candidate.Target.Source is null && !candidate.Source.IsUsed)
            {
                candidate.Target.Take(candidate.Source, candidate.Score);
            }
        }
    }

    // The better one first, an empty place last.
    private static int Compare(Candidate? left, Candidate? right) => (left, right) switch
    {
        (null, null) => 0,
        (null, _) => 1,
        (_, null) => -1,
        ({ } l, { } r) => l.Score != r.Score ? r.Score.CompareTo(l.Score) : r.NameScore.CompareTo(l.NameScore),
    };

    private sealed class Source(TreeChange change)
    {
        public TreeChange Change { get; } = change;

        public ReadOnlyMemory<byte> Name { get; } = TreePaths.NameOf(change.Path);

        public bool IsRegular => Change.Old.Mode.Kind() is EntryKind.File or EntryKind.Executable;

        public bool IsUsed { get; set; }
    }

    private sealed class Target(TreeChange change)
    {
        public TreeChange Change { get; } = change;

        public ReadOnlyMemory<byte> Name { get; } = TreePaths.NameOf(change.Path);

        public bool IsRegular => Change.New.Mode.Kind() is EntryKind.File or EntryKind.Executable;

        public Source? Source { get; private set; }

        public int Score { get; private set; }

        public void Take(Source source, int score)
        {
            (Source, Score, source.IsUsed) = (source, score, true);
        }
    }

    private sealed record Candidate(Target Target, Source Source, int Score, int NameScore);

    /// <summary>What is alike among contents that were read; of each only the estimate is held.</summary>
    private sealed class Pairs(IObjectSource objects, List<Source> sources, Target[] targets)
    {
        private readonly Dictionary<ObjectId, Similarity> _contents = [];

        public int Score(Source source, Target target, int scoreMin) => source.IsRegular && target.IsRegular
            ? _contents[source.Change.Old.Id].ScoreFor(_contents[target.Change.New.Id], scoreMin)
            : 0;

        public async Task MatchNamesAsync(RenameScope scope, CancellationToken cancellationToken)
        {
            int scoreMin = scope.ScoreMin + ((Similarity.ScoreMax - scope.ScoreMin) / 2);
            Dictionary<string, Source?> sourceNames = ByName(sources, static s => s.Name);
            Dictionary<string, Target?> targetNames = ByName(targets, static t => t.Name);
            List<(Source Source, Target Target)> matches = [];
            Lazy<Dictionary<byte[], Target>> byPath = new(() => targets.ToDictionary(static t => t.Change.Path.ToArray(), BytesComparer.Instance));
            foreach (Source source in sources.Where(s => scope.Includes(s.Change.Path)))
            {
                string key = Key(source.Name);
                if (!targetNames.TryGetValue(key, out Target? target))
                {
                    continue;
                }

                if (sourceNames[key] is null || target is null)
                {
                    target = scope.Directories?.Guess(source.Change.Path) is { } guess ? byPath.Value.GetValueOrDefault(guess) : null;
                }

                if (target is not null)
                {
                    matches.Add((source, target));
                }
            }

            await LoadAsync(matches.Select(static m => m.Source), matches.Select(static m => m.Target), cancellationToken);
            foreach ((Source source, Target target) in matches)
            {
                if (target.Source is null && Score(source, target, scoreMin) is int score && score >= scoreMin)
                {
                    target.Take(source, score);
                }
            }
        }

        public async Task LoadAsync(IEnumerable<Source> sources, IEnumerable<Target> targets, CancellationToken cancellationToken)
        {
            HashSet<ObjectId> wanted = [.. sources.Where(static s => s.IsRegular).Select(static s => s.Change.Old.Id), .. targets.Where(static t => t.IsRegular).Select(static t => t.Change.New.Id)];
            wanted.ExceptWith(_contents.Keys);
            if (wanted.Count == 0)
            {
                return;
            }

            await foreach (GitObject content in objects.ReadManyAsync(wanted, cancellationToken))
            {
                _contents.Add(content.Id, new Similarity(content.Body.Span));
            }
        }

        // Null: several have the name.
        private static Dictionary<string, T?> ByName<T>(IEnumerable<T> all, Func<T, ReadOnlyMemory<byte>> nameOf)
            where T : class
        {
            Dictionary<string, T?> byName = new(StringComparer.Ordinal);
            foreach (T item in all)
            {
                string key = Key(nameOf(item));
                byName[key] = byName.ContainsKey(key) ? null : item;
            }

            return byName;
        }

        private static string Key(ReadOnlyMemory<byte> name) => System.Text.Encoding.Latin1.GetString(name.Span);
    }
}
