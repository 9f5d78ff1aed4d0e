using Monorepo.Formats.Dirstate;

namespace Monorepo.Workspace.Checkout;

internal enum CheckoutStepKind
{
    /// <summary>Write, replace or remove.</summary>
    Write,

    /// <summary>The file holds already what it should: a killed checkout wrote it, or the user did.</summary>
    AlreadyThere,

    /// <summary>Only the executable bit differs.</summary>
    SetExecutable,

    /// <summary>The path goes, but a file there is tracked no more: it stays.</summary>
    Leave,
}

/// <summary>What is to be done for one change.</summary>
/// <param name="Kind">How.</param>
/// <param name="Seen">The status of the file that was found harmless to lose; null where there was none. What is there later and is not this must not be touched.</param>
internal readonly record struct CheckoutStep(CheckoutStepKind Kind, RecordedStat? Seen);
