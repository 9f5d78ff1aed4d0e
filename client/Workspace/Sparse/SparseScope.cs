using Monorepo.Core;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Workspace.Sparse;

/// <summary>
/// Rules as they stand in one directory: what is still possible below it. Entering a directory costs the patterns that can still match there, not all there are.
/// Immutable and thread-safe.
/// </summary>
public sealed class SparseScope
{
    private static readonly SparseScope s_nothing = new(SparseCover.None);
    private static readonly SparseScope s_everything = new(SparseCover.All);

    private readonly SparseRules? _rules;
    private readonly Live[] _live = [];
    private readonly int _decided = -1;
    private readonly SparseScope[] _parts = [];

    private SparseScope(SparseCover cover) => Cover = cover;

    private SparseScope(SparseRules rules, Live[] live, int decided, SparseScope[] parts)
        : this(SparseCover.Some)
    {
        _rules = rules;
        _live = live;
        _decided = decided;
        _parts = parts;
    }

    public SparseCover Cover { get; }

    internal static SparseScope AtTop(SparseRules rules)
    {
        List<Live> live = [];
        int decided = -1;
        for (int i = 0; i < rules.Rules.Count; i++)
        {
            if (rules.Rules[i].Pattern.IsEverything)
            {
                decided = i;
            }
            else
            {
                Add(live, rules.Rules[i].Pattern, new Live(i, 0), live.Count);
            }
        }

        return Create(rules, live, decided, [.. rules.Parts.Select(static p => p.Top)]);
    }

    /// <summary>The scope of a directory in this one.</summary>
    public SparseScope Enter(ReadOnlySpan<byte> name)
    {
        if (_rules is null)
        {
            return this;
        }

        List<Live> live = new(_live.Length);
        int decided = _decided;
        int first = 0;
        int rule = -1;
        foreach (Live at in _live)
        {
            if (at.Rule != rule)
            {
                (rule, first) = (at.Rule, live.Count);
            }

            SparsePattern pattern = _rules.Rules[rule].Pattern;
            if (pattern.IsAnyDirectories(at.Position))
            {
                Add(live, pattern, at, first);
            }
            else if (pattern.IsMatch(at.Position, name))
            {
                if (at.Position + 1 == pattern.Length)
                {
                    decided = Math.Max(decided, rule);
                }
                else
                {
                    Add(live, pattern, new Live(rule, at.Position + 1), first);
                }
            }
        }

        SparseScope[] parts = decided >= 0 ? [] : new SparseScope[_parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            parts[i] = _parts[i].Enter(name);
        }

        return Create(_rules, live, decided, parts);
    }

    /// <summary>Whether a file of that name in this directory is in.</summary>
    public bool Includes(ReadOnlySpan<byte> name)
    {
        if (_rules is null)
        {
            return Cover == SparseCover.All;
        }

        for (int i = _live.Length - 1; i >= 0; i--)
        {
            SparseRule rule = _rules.Rules[_live[i].Rule];
            SparsePattern pattern = rule.Pattern;
            if (_live[i].Position + 1 == pattern.Length && !pattern.IsDirectoryOnly && pattern.IsMatch(_live[i].Position, name))
            {
                return rule.IsInclude;
            }
        }

        if (_decided >= 0)
        {
            return _rules.Rules[_decided].IsInclude;
        }

        foreach (SparseScope part in _parts)
        {
            if (part.Includes(name))
            {
                return true;
            }
        }

        return _parts.Length == 0 && _rules.Beginning == SparseCover.All;
    }

    /// <summary>How much of a directory below this one is in; the empty path is this one.</summary>
    public SparseCover CoverOf(ReadOnlySpan<byte> directory)
    {
        SparseScope scope = this;
        while (!directory.IsEmpty && scope.Cover == SparseCover.Some)
        {
            int slash = directory.IndexOf((byte)'/');
            scope = scope.Enter(slash < 0 ? directory : directory[..slash]);
            directory = slash < 0 ? default : directory[(slash + 1)..];
        }

        return scope.Cover;
    }

    /// <summary>Whether a file of that path below this directory is in.</summary>
    public bool IncludesPath(ReadOnlySpan<byte> path)
    {
        SparseScope scope = this;
        for (int slash = path.IndexOf((byte)'/'); slash >= 0; slash = path.IndexOf((byte)'/'))
        {
            scope = scope.Enter(path[..slash]);
            path = path[(slash + 1)..];
        }

        return scope.Includes(path);
    }

    /// <summary>Whether all of a path is out, whether it names a file or a directory.</summary>
    public bool IsOutside(ReadOnlySpan<byte> path) => !path.IsEmpty && !IncludesPath(path) && CoverOf(path) == SparseCover.None;

    /// <summary>
    /// Paths below this directory such that all that is in is at or below one of them. False: there are none but the directory itself.
    /// </summary>
    internal bool TryAddTops(HashSet<byte[]> tops)
    {
        if (_rules is null || (_decided >= 0 ? _rules.Rules[_decided].IsInclude : _parts.Length == 0 && _rules.Beginning == SparseCover.All))
        {
            return Cover == SparseCover.None;
        }

        foreach (Live at in _live)
        {
            if (!_rules.Rules[at.Rule].IsInclude)
            {
                continue;
            }

            byte[] top = _rules.Rules[at.Rule].Pattern.FindLiteralTop(at.Position);
            if (top.Length == 0)
            {
                return false;
            }

            tops.Add(top);
        }

        return Array.TrueForAll(_parts, p => p.TryAddTops(tops));
    }

    /// <summary>Whether an entry that is no directory is in. A submodule is one to those who write patterns, so it may be named as one.</summary>
    internal bool Includes(ReadOnlySpan<byte> name, FileMode mode) =>
        Includes(name) || (mode.Kind() == EntryKind.Submodule && Enter(name).Cover == SparseCover.All);

    private static SparseScope Create(SparseRules rules, List<Live> live, int decided, SparseScope[] parts)
    {
        live.RemoveAll(l => l.Rule < decided);
        SparseCover before = decided >= 0 ? (rules.Rules[decided].IsInclude ? SparseCover.All : SparseCover.None)
            : parts.Length == 0 ? rules.Beginning
            : Array.Exists(parts, static p => p.Cover == SparseCover.All) ? SparseCover.All
            : Array.TrueForAll(parts, static p => p.Cover == SparseCover.None) ? SparseCover.None
            : SparseCover.Some;
        bool mayBeIn = before != SparseCover.None || live.Exists(l => rules.Rules[l.Rule].IsInclude);
        bool mayBeOut = before != SparseCover.All || live.Exists(l => !rules.Rules[l.Rule].IsInclude);
        return !mayBeIn ? s_nothing : !mayBeOut ? s_everything : new SparseScope(rules, [.. live], decided, parts);
    }

    // What stands for any directories may stand for none.
    private static void Add(List<Live> live, SparsePattern pattern, Live item, int first)
    {
        for (int i = first; i < live.Count; i++)
        {
            if (live[i] == item)
            {
                return;
            }
        }

        live.Add(item);
        if (pattern.IsAnyDirectories(item.Position))
        {
            Add(live, pattern, item with { Position = item.Position + 1 }, first);
        }
    }

    /// <summary>A rule that may match below, and the next of its pattern's names. Kept in the order of the rules.</summary>
    private readonly record struct Live(int Rule, int Position);
}
