namespace Monorepo.Cli.Diagnosis;

/// <summary>How a thing is.</summary>
public enum Verdict
{
    Ok,

    /// <summary>It works, and not as well as it could.</summary>
    Warn,

    /// <summary>Something that people need does not work.</summary>
    Fail,
}

/// <summary>What the doctor says of one thing.</summary>
/// <param name="Subject">The thing, in a word or two.</param>
/// <param name="Text">How it is.</param>
/// <param name="Fix">What to do; null where nothing is to be done.</param>
public sealed record Finding(string Subject, Verdict Verdict, string Text, string? Fix = null);
