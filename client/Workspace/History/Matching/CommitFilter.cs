namespace Monorepo.Workspace.History.Matching;

/// <summary>Whether a commit is shown; what is not shown is still walked.</summary>
public interface ICommitFilter
{
    /// <param name="position">The commit's place in the log.</param>
    bool Shows(int position);
}

/// <summary>What commits are chosen by besides where they stand.</summary>
public sealed record CommitCriteria
{
    /// <summary>Seconds since 1970; younger commits are left out.</summary>
    public long? UntilSeconds { get; init; }

    /// <summary>2: merges only.</summary>
    public int ParentsMin { get; init; }

    /// <summary>1: no merges.</summary>
    public int ParentsMax { get; init; } = int.MaxValue;

    /// <summary>Any of these in <c>NAME &lt;MAIL&gt;</c>; none: everybody.</summary>
    public IReadOnlyList<TextPattern> Authors { get; init; } = [];

    /// <summary>As <see cref="Authors"/>.</summary>
    public IReadOnlyList<TextPattern> Committers { get; init; } = [];

    /// <summary>Any of these in the message, or all with <see cref="AllMessages"/>; none: every message.</summary>
    public IReadOnlyList<TextPattern> Messages { get; init; } = [];

    /// <summary>Every pattern must be in some line.</summary>
    public bool AllMessages { get; init; }

    /// <summary>Show the commits whose authors, committers and messages do not match.</summary>
    public bool Invert { get; init; }

    public bool IsEmpty => UntilSeconds is null && ParentsMin == 0 && ParentsMax == int.MaxValue && !HasPatterns;

    internal bool HasPatterns => Authors.Count + Committers.Count + Messages.Count > 0;
}

/// <summary>Answers by the commits themselves; bodies are read only where patterns ask for them. Not thread-safe.</summary>
public sealed class CriteriaFilter(CommitLog log, CommitCriteria criteria) : ICommitFilter
{
    private readonly CommitReader _reader = log.OpenReader();
    private readonly List<int> _parents = [];

    public bool Shows(int position) => IsInTime(position) && HasParents(position) && (!criteria.HasPatterns || Matches(position));

    private bool IsInTime(int position) => criteria.UntilSeconds is not { } until || log.CommitSecondsAt(position) <= until;

    private bool HasParents(int position)
    {
        if (criteria.ParentsMin == 0 && criteria.ParentsMax == int.MaxValue)
        {
            return true;
        }

        int parents = log.CountParents(position, _parents);
        return parents >= criteria.ParentsMin && parents <= criteria.ParentsMax;
    }

    private bool Matches(int position)
    {
        _reader.MoveTo(position);
        return (Names(criteria.Authors, isAuthor: true) && Names(criteria.Committers, isAuthor: false) && Says()) != criteria.Invert;
    }

    private bool Says()
    {
        if (criteria.Messages.Count == 0)
        {
            return true;
        }

        ReadOnlySpan<byte> encoding = _reader.Encoding;
        ReadOnlySpan<byte> message = CommitText.Decode(_reader.Message, encoding);
        foreach (TextPattern pattern in criteria.Messages)
        {
            if (pattern.MatchesLine(message) != criteria.AllMessages)
            {
                return !criteria.AllMessages;
            }
        }

        return criteria.AllMessages;
    }

    private bool Names(IReadOnlyList<TextPattern> patterns, bool isAuthor)
    {
        if (patterns.Count == 0)
        {
            return true;
        }

        ReadOnlySpan<byte> encoding = _reader.Encoding;
        ReadOnlySpan<byte> who = CommitText.Decode(isAuthor ? _reader.AuthorName : _reader.CommitterName, encoding);
        foreach (TextPattern pattern in patterns)
        {
            if (pattern.MatchesLine(who))
            {
                return true;
            }
        }

        return false;
    }
}
