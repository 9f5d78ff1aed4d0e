namespace Monorepo.Workspace.Configuration;

/// <summary>A setting that there is.</summary>
/// <param name="Name">As people and files write it.</param>
/// <param name="Description">One sentence.</param>
/// <param name="Form">What it takes, in words that follow "it takes".</param>
/// <param name="IsValid">Whether a text is of that form.</param>
public sealed record ConfigKey(string Name, string Description, string Form, Func<string, bool> IsValid)
{
    /// <summary>What files of earlier versions call it; read, and replaced when it is set. Null: nothing else.</summary>
    public string? OldName { get; init; }

    /// <summary>The variable that is stronger than every file; null: none.</summary>
    public string? Variable { get; init; }

    /// <summary>What counts where nobody sets it, for people.</summary>
    public string Default { get; init; } = "";

    /// <summary>Means something in a clone's file only.</summary>
    public bool IsOfClone { get; init; }

    /// <summary>Stands in files as a list of texts; in one text with commas.</summary>
    public bool IsList { get; init; }

    /// <exception cref="ConfigException">The value is not of this key's form.</exception>
    public void Check(string value, string origin)
    {
        if (!IsValid(value))
        {
            throw new ConfigException(origin, Name, $"'{Name}' from {origin} is '{value}': it takes {Form}.");
        }
    }
}
