using System.Globalization;
using System.Text;

namespace Monorepo.Workspace.Commits;

/// <summary>Who made a commit, and when. Name and mail are cleaned as git cleans them, so that the line can't be broken.</summary>
public sealed class Signature
{
    private const string Crud = ".,:;<>\"\\'";

    /// <param name="name">At least one character that counts.</param>
    /// <param name="email">May be empty.</param>
    /// <param name="unixSeconds">Seconds since 1970.</param>
    /// <param name="zoneMinutes">The offset from UTC.</param>
    /// <exception cref="FormatException">Nothing is left of the name, or the time is before 1970.</exception>
    public Signature(string name, string email, long unixSeconds, int zoneMinutes)
    {
        Name = Clean(name);
        Email = Clean(email);
        UnixSeconds = unixSeconds;
        ZoneMinutes = zoneMinutes;
        if (Name.Length == 0)
        {
            throw new FormatException($"'{name}' has no character that can stand in a commit's author.");
        }

        if (unixSeconds < 0)
        {
            throw new FormatException("A commit can't be made before 1970.");
        }
    }

    public string Name { get; }

    public string Email { get; }

    public long UnixSeconds { get; }

    public int ZoneMinutes { get; }

    /// <summary>The value of an author or committer header.</summary>
    public override string ToString()
    {
        int zone = Math.Abs(ZoneMinutes);
        return string.Create(CultureInfo.InvariantCulture, $"{Name} <{Email}> {UnixSeconds} {(ZoneMinutes < 0 ? '-' : '+')}{zone / 60:00}{zone % 60:00}");
    }

    private static string Clean(string text)
    {
        StringBuilder clean = new(text.Length);
        foreach (char c in text.AsSpan().Trim(Crud + new string([.. Enumerable.Range(0, ' ' + 1).Select(c => (char)c)])))
        {
            if (c is not ('\0' or '\n' or '<' or '>'))
            {
                clean.Append(c);
            }
        }

        return clean.ToString();
    }
}
