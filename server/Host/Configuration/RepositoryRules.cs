using System.Globalization;
using System.Text.RegularExpressions;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.History.Push;
using Monorepo.History.Push.Policy;
using Monorepo.History.RefLog;

namespace Monorepo.Host.Configuration;

/// <summary>What the operator asks of each repository, checked. A repository's own keys win over the general ones, key by key.</summary>
internal sealed class RepositoryRules
{
    public static readonly RepositoryRules None = new(PushPolicy.Open, RefLogRetention.Default, []);

    private static readonly TimeSpan PatternTimeout = TimeSpan.FromSeconds(1);

    private readonly PushPolicy _push;
    private readonly RefLogRetention _refLog;
    private readonly Dictionary<RepositoryName, (PushPolicy Push, RefLogRetention RefLog)> _byName;

    private RepositoryRules(PushPolicy push, RefLogRetention refLog, Dictionary<RepositoryName, (PushPolicy Push, RefLogRetention RefLog)> byName)
    {
        _push = push;
        _refLog = refLog;
        _byName = byName;
    }

    /// <summary>Enough for the largest file that any repository takes.</summary>
    public PushLimits Limits
    {
        get
        {
            PushLimits limits = new();
            int largest = _byName.Values.Select(r => r.Push).Append(_push).Max(p => p.FileBytesMax ?? 0);
            return limits with { ObjectBytesMax = Math.Max(limits.ObjectBytesMax, largest) };
        }
    }

    public PushPolicy PushesTo(RepositoryName name) => _byName.TryGetValue(name, out (PushPolicy Push, RefLogRetention RefLog) own) ? own.Push : _push;

    public RefLogRetention RefLogOf(RepositoryName name) => _byName.TryGetValue(name, out (PushPolicy Push, RefLogRetention RefLog) own) ? own.RefLog : _refLog;

    /// <exception cref="StartupException">A value can't be understood; the message names its key.</exception>
    public static RepositoryRules From(PushSection? push, RefLogSection? refLog, IReadOnlyDictionary<string, RepositorySection>? repositories, string file)
    {
        PushSection general = push ?? new PushSection();
        RefLogSection generalLog = refLog ?? new RefLogSection();
        Dictionary<RepositoryName, (PushPolicy, RefLogRetention)> byName = [];
        foreach ((string text, RepositorySection section) in repositories ?? new Dictionary<string, RepositorySection>(StringComparer.Ordinal))
        {
            string key = $"{file}: repositories.{text}";
            if (!RepositoryName.TryParse(text, out RepositoryName name))
            {
                throw Error(key, "this is no repository's name.");
            }

            RefLogSection own = section.RefLog ?? new RefLogSection();
            byName.Add(name, (
                ToPolicy((section.Push ?? new PushSection()).Over(general), $"{key}.push"),
                ToRetention(new RefLogSection { MaxUpdates = own.MaxUpdates ?? generalLog.MaxUpdates, MaxAgeDays = own.MaxAgeDays ?? generalLog.MaxAgeDays }, $"{key}.refLog")));
        }

        return new RepositoryRules(ToPolicy(general, $"{file}: push"), ToRetention(generalLog, $"{file}: refLog"), byName);
    }

    private static PushPolicy ToPolicy(PushSection section, string key) => new()
    {
        FileBytesMax = section.MaxFileBytes is { } size ? ParseSize(size, $"{key}.maxFileBytes") : null,
        PathBytesMax = section.MaxPathBytes is null or > 0 ? section.MaxPathBytes : throw Error($"{key}.maxPathBytes", "a number above 0 is expected."),
        ForbiddenPaths = [.. (section.ForbiddenPaths ?? []).Select((p, i) => ParsePattern(p, $"{key}.forbiddenPaths[{i}]"))],
        RefusesCaseCollisions = section.CaseCollisions == false,
        MessagePattern = section.MessagePattern is { } pattern ? ParseRegex(pattern, $"{key}.messagePattern") : null,
        Refs = [.. (section.Refs ?? []).Select((r, i) => new RefRule
        {
            Pattern = ParsePattern(r.Pattern, $"{key}.refs[{i}].pattern"),
            Rebase = r.Rebase,
            IsProtected = r.IsProtected,
            RefusesPushes = r.DirectPush == false,
        })],
    };

    private static RefLogRetention ToRetention(RefLogSection section, string key)
    {
        if (section.MaxUpdates <= 0)
        {
            throw Error($"{key}.maxUpdates", "a number above 0 is expected.");
        }

        return section.MaxAgeDays <= 0
            ? throw Error($"{key}.maxAgeDays", "a number above 0 is expected.")
            : new RefLogRetention(
                section.MaxUpdates ?? RefLogRetention.Default.UpdatesMax, section.MaxAgeDays is { } days ? TimeSpan.FromDays(days) : null);
    }

    private static int ParseSize(string text, string key)
    {
        string digits = text.TrimEnd('K', 'M', 'G');
        int shift = text.Length == digits.Length ? 0 : text[^1] switch { 'K' => 10, 'M' => 20, _ => 30 };
        return text.Length - digits.Length <= 1
            && long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            && number > 0 && number <= ObjectEnvelope.SizeBytesMax >> shift
            ? (int)(number << shift)
            : throw Error(key, $"'{text}': a number of bytes is expected, or one with K, M or G, such as 100M; below 2G.");
    }

    private static PathPattern ParsePattern(string? text, string key)
    {
        try
        {
            return PathPattern.Parse(text ?? "");
        }
        catch (FormatException e)
        {
            throw Error(key, e.Message, e);
        }
    }

    private static Regex ParseRegex(string text, string key)
    {
        try
        {
            return new Regex(text, RegexOptions.CultureInvariant, PatternTimeout);
        }
        catch (ArgumentException e)
        {
            throw Error(key, e.Message, e);
        }
    }

    private static StartupException Error(string key, string problem, Exception? inner = null) => new(ExitCode.Usage, $"{key}: {problem}", inner);
}
