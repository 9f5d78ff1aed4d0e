namespace Monorepo.Blobs.Ucx;

/// <summary>The one way settings are checked.</summary>
internal static class SettingLimit
{
    /// <exception cref="ArgumentException">Outside the limits; the message names the setting.</exception>
    internal static void Check(string setting, long value, long min, long max)
    {
        if (value < min || value > max)
            throw new ArgumentException($"{setting} is {value}; it must be {min} to {max}.", nameof(value));
    }
}
