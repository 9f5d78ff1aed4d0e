namespace Monorepo.Core;

/// <summary>What is wrong with an object's bytes.</summary>
public enum MalformedReason
{
    /// <summary>The object ends in the middle of an element.</summary>
    Truncated,

    /// <summary>A tree entry's mode is not an octal number git writes.</summary>
    BadMode,

    /// <summary>A tree entry's name is empty or holds a slash.</summary>
    BadName,

    /// <summary>Tree entries are not in git's order, or a name stands twice.</summary>
    BadOrder,

    /// <summary>A header that must be there is not, or stands in the wrong place.</summary>
    MissingHeader,

    /// <summary>A header's value is not an object id of 40 hex digits.</summary>
    BadId,

    /// <summary>A tag's type is none of the four kinds.</summary>
    BadKind,
}

/// <summary>A git object whose bytes can't be read as the kind it claims to be.</summary>
public sealed class MalformedObjectException(ObjectKind kind, MalformedReason reason, int offsetBytes, string message)
    : FormatException($"Malformed {kind.ToName()} at byte {offsetBytes}: {message}")
{
    public ObjectKind Kind { get; } = kind;

    public MalformedReason Reason { get; } = reason;

    /// <summary>Where in the object's body the bad element starts.</summary>
    public int OffsetBytes { get; } = offsetBytes;
}
